with

files as (

    select *
    from {{ ref('int_coverage_files_merged_by_commit') }}
    where is_default_branch and covered_line_count is not null and valid_line_count > 0

),

windows as (

    select * from {{ ref('int_repositories_as_of') }}

),

repositories as (

    select * from {{ ref('stg_repositories') }}

),

commits as (

    select
        provider,
        repository_id,
        head_sha,
        min(executed_at) as executed_at
    from files
    group by all

),

commits_in_order as (

    select
        *,
        row_number() over (
            partition by provider, repository_id order by executed_at desc nulls last, head_sha asc
        ) as commit_rank
    from commits

),

-- A file's share at each commit that measured it, beside its share at the one before that measured it.
files_in_order as (

    select
        files.provider,
        files.repository_id,
        files.file_path,
        files.head_sha,
        commits_in_order.executed_at,
        commits_in_order.commit_rank,
        files.covered_line_count,
        files.valid_line_count,
        {{ ratio('files.covered_line_count', 'files.valid_line_count') }} as line_ratio,
        lag(files.covered_line_count) over file as base_covered_line_count,
        lag(files.valid_line_count) over file as base_valid_line_count,
        lag(files.head_sha) over file as base_sha
    from files
    inner join commits_in_order using (provider, repository_id, head_sha)
    window file as (
        partition by files.provider, files.repository_id, files.file_path
        order by commits_in_order.commit_rank desc
    )

),

-- By products, for shares that are equal must not differ by their last digit.
changes as (

    select
        *,
        {{ ratio('base_covered_line_count', 'base_valid_line_count') }} as base_line_ratio
    from files_in_order
    where
        base_sha is not null
        and covered_line_count * base_valid_line_count <> base_covered_line_count * valid_line_count

),

last_changes as (

    select *
    from changes
    qualify row_number() over (
        partition by provider, repository_id, file_path order by commit_rank
    ) = 1

),

last_measured as (

    select *
    from files_in_order
    where commit_rank = 1

),

final as (

    select
        last_measured.provider,
        last_measured.repository_id,
        repositories.repository_name,
        last_measured.file_path,
        last_measured.head_sha,
        last_measured.executed_at,
        last_measured.covered_line_count,
        last_measured.valid_line_count,
        last_measured.valid_line_count - last_measured.covered_line_count as missed_line_count,
        last_measured.line_ratio,
        last_changes.head_sha as changed_sha,
        last_changes.executed_at as changed_at,
        last_changes.base_sha,
        last_changes.base_line_ratio,
        last_changes.line_ratio - last_changes.base_line_ratio as line_change_ratio,
        (last_changes.valid_line_count - last_changes.covered_line_count)
        - (last_changes.base_valid_line_count - last_changes.base_covered_line_count) as more_missed_line_count,
        coalesce(last_changes.commit_rank = 1, false) as is_changed_by_last_commit,
        coalesce(last_changes.executed_at > windows.window_start_at, false) as is_recently_changed
    from last_measured
    inner join repositories using (provider, repository_id)
    inner join windows using (provider, repository_id)
    left join last_changes using (provider, repository_id, file_path)

)

select * from final
