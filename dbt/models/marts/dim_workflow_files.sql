with

last_files as (

    select * from {{ ref('int_workflow_files_chosen_by_last_run') }}

),

files as (

    select * from {{ ref('stg_workflow_files') }}

),

with_content as (

    select
        last_files.provider,
        last_files.repository_id,
        last_files.repository_name,
        last_files.workflow_path,
        last_files.workflow_name,
        last_files.workflow_file_id,
        last_files.head_sha,
        last_files.is_default_branch,
        last_files.last_seen_at,
        files.content_text,
        files.is_redacted
    from last_files
    left join files using (provider, repository_id, workflow_path, workflow_file_id)

)

select * from with_content
