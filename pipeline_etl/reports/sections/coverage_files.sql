-- One row per file of the last commit measured: falls of the last 30 days first, the deepest before others, then what misses most.
with

ranked as (

    select
        repository_id,
        file_path,
        line_ratio,
        line_change_ratio,
        missed_line_count,
        valid_line_count,
        more_missed_line_count,
        changed_sha,
        changed_at,
        base_line_ratio,
        is_changed_by_last_commit,
        is_recently_changed,
        row_number() over (
            partition by repository_id
            order by
                is_recently_changed and line_change_ratio < 0 desc,
                if(is_recently_changed and line_change_ratio < 0, line_change_ratio, 0),
                missed_line_count desc,
                file_path
        ) as file_rank,
        count(*) filter (where is_recently_changed and line_change_ratio < 0) over (
            partition by repository_id
        ) as fallen_file_count,
        count(*) filter (where is_changed_by_last_commit and line_change_ratio < 0) over (
            partition by repository_id
        ) as just_fallen_file_count,
        head_sha,
        executed_at,
        count(*) over (partition by repository_id) as matching_count
    from marts.rpt_coverage_by_file

)

select * exclude (file_rank)
from ranked
where file_rank <= 400
order by repository_id, file_rank
