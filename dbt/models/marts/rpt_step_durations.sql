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

steps as (

    select *
    from {{ ref('fct_steps') }}
    where step_seconds is not null

),

periods as (

    {{ last_and_previous_30_days() }}

),

steps_in_periods as (

    select
        steps.provider,
        steps.repository_id,
        steps.step_name,
        steps.stage_name,
        steps.step_seconds,
        jobs.repository_name,
        jobs.workflow_id,
        jobs.workflow_name,
        jobs.job_name,
        jobs.job_url,
        jobs.created_at,
        periods.period_kind,
        cast(periods.window_start_at as date) as period_start_date
    from steps
    inner join jobs using (provider, repository_id, job_id)
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
        step_name,
        max_by(stage_name, created_at) as stage_name,
        period_kind,
        period_start_date,
        count(*) as measured_step_count,
        {{ p50('step_seconds') }} as step_seconds_p50,
        {{ p95('step_seconds') }} as step_seconds_p95,
        sum(step_seconds) as step_seconds_total,
        max(step_seconds) as slowest_step_seconds,
        -- Of several as slow the last by address: which one it is must not depend on how the marts were built.
        max_by(job_url, (step_seconds, job_url)) filter (where step_seconds is not null) as slowest_job_url
    from steps_in_periods
    group by provider, repository_id, workflow_id, job_name, step_name, period_kind, period_start_date

)

select * from final
