with

artifacts as (

    select * from {{ ref('int_artifacts_tied_to_jobs') }}

),

repositories as (

    select * from {{ ref('stg_repositories') }}

),

runs as (

    select * from {{ ref('int_runs_in_context') }}

),

in_context as (

    select
        artifacts.provider,
        artifacts.repository_id,
        repositories.repository_name,
        artifacts.artifact_id,
        artifacts.run_id,
        artifacts.run_attempt,
        artifacts.job_id,
        artifacts.tie_source,
        runs.workflow_name,
        artifacts.job_name,
        artifacts.job_config_id,
        artifacts.artifact_name,
        artifacts.artifact_bytes,
        artifacts.digest,
        artifacts.is_expired,
        artifacts.created_at,
        artifacts.expires_at,
        artifacts.head_branch,
        artifacts.head_sha
    from artifacts
    inner join repositories using (provider, repository_id)
    left join runs using (provider, repository_id, run_id)

)

select * from in_context
