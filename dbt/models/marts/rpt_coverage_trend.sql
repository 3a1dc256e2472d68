with

files as (

    select * from {{ ref('int_coverage_files_merged_by_commit') }}

),

repositories as (

    select * from {{ ref('stg_repositories') }}

),

commits as (

    select
        provider,
        repository_id,
        head_sha,
        min(head_branch) as head_branch,
        bool_or(is_default_branch) as is_default_branch,
        min(executed_at) as executed_at,
        count(*) as covered_file_count,
        count(*) filter (where valid_line_count is null) as unmerged_file_count,
        cast(sum(covered_line_count) as bigint) as known_covered_line_count,
        cast(sum(valid_line_count) as bigint) as known_valid_line_count
    from files
    group by all

),

-- A file whose shards gave totals only has no union: then the commit has none.
merged as (

    select
        * exclude (known_covered_line_count, known_valid_line_count),
        case when unmerged_file_count = 0 then known_covered_line_count end as covered_line_count,
        case when unmerged_file_count = 0 then known_valid_line_count end as valid_line_count
    from commits

),

with_ratio as (

    select
        *,
        {{ ratio('covered_line_count', 'valid_line_count') }} as line_ratio
    from merged

),

-- No history of commits is stored: the base is the default branch as it was measured last before.
bases as (

    select *
    from with_ratio
    where is_default_branch and line_ratio is not null

),

compared as (

    select
        with_ratio.provider,
        with_ratio.repository_id,
        repositories.repository_name,
        with_ratio.head_sha,
        with_ratio.head_branch,
        with_ratio.is_default_branch,
        with_ratio.executed_at,
        with_ratio.covered_file_count,
        with_ratio.unmerged_file_count,
        with_ratio.covered_line_count,
        with_ratio.valid_line_count,
        with_ratio.line_ratio,
        bases.head_sha as base_sha,
        bases.line_ratio as base_line_ratio,
        with_ratio.line_ratio - bases.line_ratio as line_change_ratio
    from with_ratio
    inner join repositories
        on
            with_ratio.provider = repositories.provider
            and with_ratio.repository_id = repositories.repository_id
    asof left join bases
        on
            with_ratio.provider = bases.provider
            and with_ratio.repository_id = bases.repository_id
            and with_ratio.executed_at > bases.executed_at

)

select * from compared
