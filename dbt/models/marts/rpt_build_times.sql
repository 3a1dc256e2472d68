with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

jobs as (

    select *
    from {{ ref('fct_jobs') }}
    where is_executed

),

steps as (

    select * from {{ ref('fct_steps') }}

),

installs as (

    select * from {{ ref('fct_dependency_installs') }}

),

-- A stage of a job is all of its steps of that stage; an installation stands for itself.
stages_of_jobs as (

    select
        provider,
        repository_id,
        job_id,
        'stage' as part_kind,
        stage_name as part_name,
        sum(step_seconds) as part_seconds,
        cast(null as bigint) as package_count,
        cast(null as bigint) as downloaded_count,
        cast(null as bigint) as cached_count
    from steps
    where step_seconds is not null
    group by all

),

tools_of_jobs as (

    select
        provider,
        repository_id,
        job_id,
        'tool' as part_kind,
        install_tool as part_name,
        install_seconds as part_seconds,
        package_count,
        downloaded_count,
        cached_count
    from installs

),

parts as (

    select * from stages_of_jobs
    union all
    select * from tools_of_jobs

),

parts_in_context as (

    select
        parts.*,
        jobs.repository_name,
        jobs.workflow_id,
        jobs.workflow_name,
        jobs.run_id,
        jobs.started_at,
        jobs.iso_week_start_date,
        repositories.as_of_at,
        repositories.window_start_at
    from parts
    inner join jobs using (provider, repository_id, job_id)
    inner join repositories using (provider, repository_id)

),

in_periods as (

    {{ repeated_by_period('parts_in_context') }}

),

counted as (

    select
        provider,
        repository_id,
        repository_name,
        workflow_id,
        part_kind,
        part_name,
        period_kind,
        period_start_date,
        max_by(workflow_name, started_at) as workflow_name,
        count(distinct run_id) as run_count,
        count(distinct job_id) as part_job_count,
        count(part_seconds) as timed_part_count,
        {{ p50('part_seconds') }} as part_seconds_p50,
        {{ p95('part_seconds') }} as part_seconds_p95,
        sum(part_seconds order by part_seconds) as part_seconds_sum,
        cast(sum(package_count) as bigint) as package_count,
        cast(sum(downloaded_count) as bigint) as downloaded_count,
        cast(sum(cached_count) as bigint) as cached_count
    from in_periods
    group by all

),

final as (

    select
        provider,
        repository_id,
        repository_name,
        workflow_id,
        workflow_name,
        period_kind,
        period_start_date,
        part_kind,
        part_name,
        run_count,
        part_job_count,
        timed_part_count,
        part_seconds_p50,
        part_seconds_p95,
        part_seconds_sum as part_seconds_total,
        {{ ratio('part_seconds_sum', 'run_count') }} as part_run_seconds_mean,
        {{ measured(ratio('part_seconds_sum', 'sum(part_seconds_sum) over whole')) }} as part_ratio,
        package_count,
        downloaded_count,
        cached_count,
        {{ ratio('cached_count', 'downloaded_count + cached_count') }} as cached_ratio
    from counted
    window whole as (
        partition by provider, repository_id, workflow_id, period_kind, period_start_date, part_kind
        order by part_name rows between unbounded preceding and unbounded following
    )

)

select * from final
