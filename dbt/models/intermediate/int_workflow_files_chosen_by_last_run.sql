with

versions as (

    select * from {{ ref('stg_workflow_file_versions') }}

),

runs as (

    select * from {{ ref('int_runs_in_context') }}

),

files_of_runs as (

    select
        runs.provider,
        runs.repository_id,
        runs.repository_name,
        runs.workflow_path,
        runs.workflow_name,
        runs.head_sha,
        runs.is_default_branch,
        runs.created_at as last_seen_at,
        versions.workflow_file_id,
        runs.run_id
    from runs
    inner join versions using (provider, repository_id, workflow_path, head_sha)

),

-- A change is proposed for what is merged; a workflow that never ran there has only the file of a branch.
last_files as (

    select *
    from files_of_runs
    qualify
        row_number() over (
            partition by provider, repository_id, workflow_path
            order by coalesce(is_default_branch, false) desc, last_seen_at desc, run_id desc
        ) = 1

)

select * from last_files
