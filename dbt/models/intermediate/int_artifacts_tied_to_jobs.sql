with

artifacts as (

    select * from {{ ref('stg_artifacts') }}

),

uploads as (

    select * from {{ ref('stg_artifact_uploads') }}

),

executed_jobs as (

    select *
    from {{ ref('int_jobs_in_context') }}
    where is_executed

),

-- The log of a carried-over job may be served again under its new id: only jobs that ran upload.
ties_by_log as (

    select
        uploads.provider,
        uploads.repository_id,
        uploads.artifact_id,
        min(uploads.job_id) as job_id
    from uploads
    semi join executed_jobs using (provider, repository_id, job_id)
    group by all

),

-- Parallel jobs overlap: a time proves the job only when no other job of the run was at work.
ties_by_time as (

    select
        artifacts.provider,
        artifacts.repository_id,
        artifacts.artifact_id,
        min(executed_jobs.job_id) as job_id
    from artifacts
    inner join executed_jobs
        on
            artifacts.provider = executed_jobs.provider
            and artifacts.repository_id = executed_jobs.repository_id
            and artifacts.run_id = executed_jobs.run_id
            and artifacts.created_at between executed_jobs.started_at and executed_jobs.completed_at
    anti join ties_by_log
        on
            artifacts.provider = ties_by_log.provider
            and artifacts.repository_id = ties_by_log.repository_id
            and artifacts.artifact_id = ties_by_log.artifact_id
    group by all
    having count(*) = 1

),

ties as (

    select
        *,
        'log' as tie_source
    from ties_by_log
    union all
    select
        *,
        'time' as tie_source
    from ties_by_time

),

tied as (

    select
        artifacts.*,
        ties.job_id,
        ties.tie_source,
        executed_jobs.run_attempt,
        executed_jobs.job_name,
        executed_jobs.job_config_id,
        -- Where no job is known the name still tells the legs of a matrix apart.
        coalesce(executed_jobs.job_config_id, md5('artifact|' || artifacts.artifact_name)) as test_config_id,
        coalesce(cast(ties.job_id as varchar), 'artifact-' || artifacts.artifact_id) as execution_id,
        coalesce(executed_jobs.started_at, artifacts.created_at) as executed_at
    from artifacts
    left join ties using (provider, repository_id, artifact_id)
    left join executed_jobs using (provider, repository_id, job_id)

)

select * from tied
