{{
    config(
        materialized='incremental',
        incremental_strategy='whole_runs',
        on_schema_change='fail'
    )
}}

with

touched_runs as (

    {{ touched_runs() }}

),

run_attempts as (

    select
        attempts.*,
        touched_runs.load_number
    from {{ ref('int_run_attempts_in_context') }} as attempts
    inner join touched_runs using (provider, repository_id, run_id)

),

jobs as (

    select * from {{ ref('int_jobs_in_context') }}

),

placed_jobs as (

    select * from {{ ref('int_jobs_placed_in_dag') }}

),

sources_of_order as (

    select distinct
        provider,
        repository_id,
        run_id,
        run_attempt,
        dag_source
    from placed_jobs

),

-- The end of an attempt is its last job's end: the service moves updated_at long after. A job that ended before it
-- began ended nothing.
jobs_counted as (

    select
        provider,
        repository_id,
        run_id,
        run_attempt,
        max(completed_at) filter (where execution_seconds is not null) as attempt_ended_at,
        sum(execution_seconds) as compute_seconds,
        count(*) as job_count,
        count(*) filter (where is_executed) as executed_job_count,
        count(*) filter (where is_carried_over) as carried_over_job_count,
        count(*) filter (where is_never_started) as skipped_job_count,
        count(*) filter (where is_executed and is_failure_like) as failed_job_count,
        coalesce(bool_or(is_failure_like and result = 'cancellation'), false) as has_timed_out_job
    from jobs
    group by all

),

timed as (

    select
        run_attempts.*,
        jobs_counted.attempt_ended_at,
        case
            when run_attempts.status = 'completed'
                then {{ seconds_between('run_attempts.attempt_started_at', 'jobs_counted.attempt_ended_at') }}
        end as wall_seconds,
        case
            when run_attempts.is_last_attempt and run_attempts.status = 'completed'
                then {{ seconds_between('run_attempts.created_at', 'jobs_counted.attempt_ended_at') }}
        end as lead_seconds,
        jobs_counted.compute_seconds,
        coalesce(jobs_counted.job_count, 0) as job_count,
        coalesce(jobs_counted.executed_job_count, 0) as executed_job_count,
        coalesce(jobs_counted.carried_over_job_count, 0) as carried_over_job_count,
        coalesce(jobs_counted.skipped_job_count, 0) as skipped_job_count,
        coalesce(jobs_counted.failed_job_count, 0) as failed_job_count,
        -- Cancelled by hand or superseded is no failure; cancelled because a job ran out of time is one.
        coalesce(run_attempts.result in ('failure', 'timeout', 'error'), false)
        or (coalesce(run_attempts.result = 'cancellation', false) and coalesce(jobs_counted.has_timed_out_job, false))
            as is_failure_like,
        case
            when run_attempts.run_attempt = 1
                then {{ seconds_between('run_attempts.created_at', 'run_attempts.attempt_started_at') }}
        end as run_wait_seconds,
        sources_of_order.dag_source
    from run_attempts
    left join jobs_counted using (provider, repository_id, run_id, run_attempt)
    left join sources_of_order using (provider, repository_id, run_id, run_attempt)

),

final as (

    select
        provider,
        repository_id,
        repository_name,
        run_id,
        run_attempt,
        run_number,
        workflow_id,
        workflow_name,
        workflow_path,
        event,
        head_branch,
        head_sha,
        branch_class,
        is_default_branch,
        display_title,
        run_url,
        status,
        result,
        provider_result,
        is_failure_like,
        created_at,
        attempt_started_at,
        attempt_ended_at,
        wall_seconds,
        lead_seconds,
        compute_seconds,
        {{ ratio('compute_seconds', 'wall_seconds') }} as parallel_job_mean,
        job_count,
        executed_job_count,
        carried_over_job_count,
        skipped_job_count,
        failed_job_count,
        attempt_count,
        is_last_attempt,
        run_attempt = 1 and (coalesce(result = 'success', false) or is_failure_like) as is_headline,
        run_wait_seconds,
        dag_source,
        iso_week_start_date,
        load_number
    from timed

)

select * from final
