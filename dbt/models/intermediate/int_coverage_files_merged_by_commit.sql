with

files as (

    select * from {{ ref('stg_coverage_files') }}

),

artifacts as (

    select *
    from {{ ref('int_artifacts_tied_to_jobs') }}
    where head_sha is not null

),

runs as (

    select * from {{ ref('int_runs_in_context') }}

),

files_of_commits as (

    select
        files.provider,
        files.repository_id,
        artifacts.head_sha,
        files.file_path,
        files.covered_line_count,
        files.valid_line_count,
        files.covered_lines,
        files.missed_lines,
        artifacts.executed_at,
        runs.head_branch,
        runs.is_default_branch
    from files
    inner join artifacts using (provider, repository_id, artifact_id)
    inner join runs
        on
            artifacts.provider = runs.provider
            and artifacts.repository_id = runs.repository_id
            and artifacts.run_id = runs.run_id

),

-- Shares of shards cannot be averaged: what two shards ran is the union of their lines. Of a file that is in one report
-- only its totals do.
merged as (

    select
        provider,
        repository_id,
        head_sha,
        file_path,
        count(*) as report_count,
        bool_and(covered_lines is not null and missed_lines is not null) as has_lines,
        any_value(covered_line_count) as only_covered_line_count,
        any_value(valid_line_count) as only_valid_line_count,
        len(list_distinct(flatten(list(covered_lines)))) as union_covered_line_count,
        len(list_distinct(list_concat(flatten(list(covered_lines)), flatten(list(missed_lines)))))
            as union_valid_line_count,
        bool_or(is_default_branch) as is_default_branch,
        min(head_branch) as head_branch,
        min(executed_at) as executed_at
    from files_of_commits
    group by all

),

counted as (

    select
        provider,
        repository_id,
        head_sha,
        head_branch,
        is_default_branch,
        file_path,
        report_count,
        case
            when has_lines then union_covered_line_count when report_count = 1 then only_covered_line_count
        end as covered_line_count,
        case
            when has_lines then union_valid_line_count when report_count = 1 then only_valid_line_count
        end as valid_line_count,
        executed_at
    from merged

)

select * from counted
