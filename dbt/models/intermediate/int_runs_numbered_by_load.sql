with

run_attempts as (

    select * from {{ ref('stg_run_attempts') }}

),

rows_about_runs as (

    {% for table in [
        'run_attempts', 'jobs', 'steps', 'annotations', 'job_logs', 'log_findings', 'cache_operations', 'artifacts',
        'artifact_uploads', 'test_reports'
    ] %}
        select
            provider,
            repository_id,
            run_id,
            load_number
        from {{ ref('stg_' ~ table) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

workflow_files as (

    select
        versions.provider,
        versions.repository_id,
        versions.workflow_path,
        versions.head_sha,
        max(greatest(versions.load_number, coalesce(declared.load_number, 0))) as load_number
    from {{ ref('stg_workflow_file_versions') }} as versions
    left join {{ ref('stg_workflow_jobs') }} as declared
        using (provider, repository_id, workflow_path, workflow_file_id)
    group by all

),

rows_about_their_context as (

    select
        run_attempts.provider,
        run_attempts.repository_id,
        run_attempts.run_id,
        greatest(repositories.changed_load_number, coalesce(workflow_files.load_number, 0)) as load_number
    from run_attempts
    inner join {{ ref('stg_repositories') }} as repositories using (provider, repository_id)
    left join workflow_files using (provider, repository_id, workflow_path, head_sha)

),

rows_about_either as (

    select * from rows_about_runs
    union all
    select * from rows_about_their_context

),

numbered as (

    select
        provider,
        repository_id,
        run_id,
        max(load_number) as load_number
    from rows_about_either
    where run_id is not null
    group by all

)

select * from numbered
