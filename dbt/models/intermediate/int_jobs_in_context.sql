with

jobs as (

    select * exclude (extracted_at, load_number, workflow_name, head_branch, head_sha)
    from {{ ref('stg_jobs') }}

),

run_attempts as (

    select * from {{ ref('int_run_attempts_in_context') }}

),

annotations as (

    select * from {{ ref('stg_annotations') }}

),

-- A job killed by its time limit is reported as cancelled; only its annotation tells it from a superseded one.
timed_out_jobs as (

    select distinct
        provider,
        repository_id,
        job_id
    from annotations
    where message like '%exceeded the maximum execution time%'

),

judged as (

    select
        jobs.*,
        run_attempts.repository_name,
        run_attempts.workflow_id,
        run_attempts.workflow_name,
        run_attempts.workflow_path,
        run_attempts.event,
        run_attempts.head_branch,
        run_attempts.head_sha,
        run_attempts.branch_class,
        run_attempts.is_default_branch,
        run_attempts.attempt_started_at,
        run_attempts.iso_week_start_date,
        {{ job_config_id('run_attempts.workflow_path', 'jobs.job_name', 'jobs.runner_labels') }} as job_config_id,
        {{ job_family_name('jobs.job_name') }} as job_family_name,
        {{ matrix_suffix('jobs.job_name') }} as matrix_suffix,
        -- A partial re-run lists untouched jobs again: new ids, old times.
        coalesce(jobs.started_at < run_attempts.attempt_started_at, false) as is_carried_over,
        jobs.status = 'completed' and (jobs.started_at is null or coalesce(jobs.result = 'skip', false))
            as is_never_started,
        jobs.started_at is not null and not is_never_started and not is_carried_over as is_executed,
        coalesce(jobs.result in ('failure', 'timeout', 'error'), false)
        or (coalesce(jobs.result = 'cancellation', false) and timed_out_jobs.job_id is not null) as is_failure_like
    from jobs
    inner join run_attempts using (provider, repository_id, run_id, run_attempt)
    left join timed_out_jobs using (provider, repository_id, job_id)

),

timed as (

    select
        *,
        case when is_executed then {{ seconds_between('started_at', 'completed_at') }} end as execution_seconds,
        case when is_executed then {{ seconds_between('created_at', 'started_at') }} end as queued_seconds,
        is_executed and (coalesce(completed_at < started_at, false) or coalesce(started_at < created_at, false))
            as has_negative_duration
    from judged

)

select * from timed
