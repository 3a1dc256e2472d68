-- One row per commit of the default branch with coverage, the latest first.
with

ranked as (

    select
        repository_id,
        head_sha,
        executed_at,
        covered_file_count,
        unmerged_file_count,
        covered_line_count,
        valid_line_count,
        line_ratio,
        base_line_ratio,
        line_change_ratio,
        base_sha,
        row_number() over (partition by repository_id order by executed_at desc nulls last, head_sha) as commit_rank,
        count(*) over (partition by repository_id) as matching_count
    from marts.rpt_coverage_trend
    where is_default_branch

)

select
    repository_id,
    head_sha,
    executed_at,
    line_ratio,
    line_change_ratio,
    covered_line_count,
    valid_line_count,
    covered_file_count,
    unmerged_file_count,
    base_line_ratio,
    base_sha,
    matching_count
from ranked
where commit_rank <= 400
order by repository_id, commit_rank
