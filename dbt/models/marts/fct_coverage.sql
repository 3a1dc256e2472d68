with

reports as (

    select * from {{ ref('stg_coverage_reports') }}

),

artifacts as (

    select * from {{ ref('int_artifacts_tied_to_jobs') }}

),

repositories as (

    select * from {{ ref('stg_repositories') }}

),

in_context as (

    select
        reports.provider,
        reports.repository_id,
        repositories.repository_name,
        reports.artifact_id,
        reports.report_path,
        artifacts.job_id,
        artifacts.run_id,
        artifacts.run_attempt,
        artifacts.job_name,
        artifacts.job_config_id,
        artifacts.head_branch,
        artifacts.head_sha,
        reports.coverage_format,
        reports.covered_line_count,
        reports.valid_line_count,
        {{ ratio('reports.covered_line_count', 'reports.valid_line_count') }} as line_ratio,
        reports.covered_branch_count,
        reports.valid_branch_count,
        artifacts.executed_at
    from reports
    inner join artifacts using (provider, repository_id, artifact_id)
    inner join repositories using (provider, repository_id)

)

select * from in_context
