-- What the service lists is executed, carried over, never started or not over yet, and nothing is two of these.
select
    run_id,
    run_attempt
from {{ ref('fct_run_attempts') }}
where
    executed_job_count + carried_over_job_count + skipped_job_count > job_count
    or (
        status = 'completed'
        and executed_job_count + carried_over_job_count + skipped_job_count <> job_count
    )
    or failed_job_count > executed_job_count
    or lead_seconds < wall_seconds
    or parallel_job_mean < 0
