-- Carried-over and never started jobs are in no duration, queue or cost: theirs are null, not zero.
select job_id
from {{ ref('fct_jobs') }}
where
    (not is_executed or is_carried_over or is_never_started)
    and (
        (is_executed and (is_carried_over or is_never_started))
        or execution_seconds is not null
        or queued_seconds is not null
        or runner_queue_seconds is not null
        or slack_seconds is not null
        or is_on_critical_path
    )
