-- A job has slack or drag, never both; nothing can save more than it took; no job outlasts its attempt.
select
    jobs.job_id,
    jobs.slack_seconds,
    jobs.drag_seconds,
    jobs.execution_seconds
from {{ ref('fct_jobs') }} as jobs
inner join {{ ref('fct_run_attempts') }} as attempts using (provider, repository_id, run_id, run_attempt)
where
    jobs.slack_seconds < -0.001
    or jobs.drag_seconds < -0.001
    or jobs.drag_seconds > jobs.execution_seconds + 0.001
    or (jobs.slack_seconds > 0.001 and jobs.drag_seconds > 0.001)
    or (jobs.is_on_critical_path and jobs.slack_seconds > 0.001)
    or jobs.execution_seconds > attempts.wall_seconds
