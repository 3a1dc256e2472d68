with

repositories as (

    select
        moments.*,
        repositories.first_run_at
    from {{ ref('int_repositories_as_of') }} as moments
    inner join {{ ref('dim_repositories') }} as repositories using (provider, repository_id)

),

jobs as (

    select *
    from {{ ref('fct_jobs') }}
    where is_executed

),

periods as (

    {{ last_and_previous_30_days() }}

),

jobs_in_periods as (

    select
        jobs.*,
        periods.period_kind,
        cast(periods.window_start_at as date) as period_start_date
    from jobs
    inner join periods
        on
            jobs.provider = periods.provider
            and jobs.repository_id = periods.repository_id
            and jobs.created_at > periods.window_start_at
            and jobs.created_at <= periods.window_end_at

),

final as (

    select
        provider,
        repository_id,
        any_value(repository_name) as repository_name,
        workflow_id,
        max_by(workflow_name, created_at) as workflow_name,
        job_name,
        period_kind,
        period_start_date,
        count(*) as measured_job_count,
        {{ p50('execution_seconds') }} as execution_seconds_p50,
        {{ p95('execution_seconds') }} as execution_seconds_p95,
        sum(execution_seconds) as execution_seconds_total,
        {{ p50('queued_seconds') }} as queued_seconds_p50,
        {{ p95('queued_seconds') }} as queued_seconds_p95,
        max(execution_seconds) as slowest_execution_seconds,
        -- Of several as slow the last by address: which one it is must not depend on how the marts were built.
        max_by(job_url, (execution_seconds, job_url)) filter (where execution_seconds is not null) as slowest_job_url
    from jobs_in_periods
    group by provider, repository_id, workflow_id, job_name, period_kind, period_start_date

)

select * from final
