-- One row per lasting fall of a pass rate: those that are open first, of whole workflows first, then the latest.
with

ranked as (

    select
        repository_id,
        workflow_name,
        series_kind,
        series_name,
        regression_state,
        onset_date,
        detected_date,
        ended_date,
        baseline_pass_ratio,
        changed_pass_ratio,
        baseline_result_count,
        changed_result_count,
        fisher_chance_ratio,
        last_good_sha,
        first_bad_sha,
        suspect_commit_count,
        evidence_url,
        row_number() over (
            partition by repository_id
            order by
                regression_state = 'open' desc,
                list_position(['workflow', 'job', 'test'], series_kind),
                detected_date desc,
                regression_id
        ) as change_rank,
        count(*) over (partition by repository_id) as matching_count
    from marts.fct_pass_rate_regressions

)

select * exclude (change_rank)
from ranked
where change_rank <= 100
order by repository_id, change_rank
