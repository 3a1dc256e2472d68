with

installs as (

    select * from {{ ref('stg_dependency_installs') }}

),

executed_jobs as (

    select *
    from {{ ref('int_jobs_in_context') }}
    where is_executed

),

steps as (

    select * from {{ ref('int_steps_in_stages') }}

),

-- A carried-over job brings its old log along: what it installed was counted when it happened.
in_context as (

    select
        installs.provider,
        installs.repository_id,
        executed_jobs.repository_name,
        installs.job_id,
        installs.run_id,
        installs.run_attempt,
        installs.line_number,
        executed_jobs.workflow_name,
        executed_jobs.job_name,
        executed_jobs.job_config_id,
        installs.step_number,
        steps.step_name,
        installs.install_tool,
        installs.started_at,
        installs.completed_at,
        installs.install_seconds,
        installs.package_count,
        installs.downloaded_count,
        installs.cached_count,
        executed_jobs.iso_week_start_date
    from installs
    inner join executed_jobs using (provider, repository_id, job_id)
    left join steps
        on
            installs.provider = steps.provider
            and installs.repository_id = steps.repository_id
            and installs.job_id = steps.job_id
            and installs.step_number = steps.step_number

)

select * from in_context
