-- A wait is known or null, never negative; with what is unexplained they make the time from the attempt's start.
select
    job_id,
    dependency_wait_seconds,
    approval_wait_seconds,
    concurrency_wait_seconds,
    scheduling_wait_seconds,
    runner_queue_seconds,
    unexplained_wait_seconds
from {{ ref('fct_jobs') }}
where
    is_executed
    and (
        unexplained_wait_seconds is null
        or least(
            dependency_wait_seconds,
            approval_wait_seconds,
            concurrency_wait_seconds,
            scheduling_wait_seconds,
            runner_queue_seconds,
            unexplained_wait_seconds
        ) < 0
        or abs(
            coalesce(dependency_wait_seconds, 0)
            + coalesce(approval_wait_seconds, 0)
            + coalesce(concurrency_wait_seconds, 0)
            + coalesce(scheduling_wait_seconds, 0)
            + coalesce(runner_queue_seconds, 0)
            + unexplained_wait_seconds
            - (epoch(started_at) - epoch(attempt_started_at))
        ) > 1
    )
