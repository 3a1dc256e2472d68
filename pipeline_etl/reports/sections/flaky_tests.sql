-- One row per test that is not healthy now, worst first.
with

suspects as (

    select
        repository_id,
        concat_ws('::', nullif(class_name, ''), test_name) as full_test_name,
        suite_name,
        file_path,
        flakiness_class,
        flake_score_ratio,
        flake_rate_ratio,
        flake_rate_ratio_low,
        flake_rate_ratio_high,
        confidence,
        incident_count,
        direct_incident_count,
        bad_execution_count,
        execution_count,
        clean_execution_count,
        last_incident_at,
        top_evidence_code,
        evidence_url,
        test_id
    from marts.fct_test_flakiness
    where is_current and flakiness_class in ('broken', 'env_broken', 'flaky', 'suspect')

),

ranked as (

    select
        *,
        row_number() over (
            partition by repository_id
            order by
                list_position(['flaky', 'suspect', 'broken', 'env_broken'], flakiness_class),
                flake_score_ratio desc nulls last,
                bad_execution_count desc,
                full_test_name,
                test_id
        ) as suspect_rank,
        count(*) over (partition by repository_id) as matching_count
    from suspects

)

select * exclude (suspect_rank)
from ranked
where suspect_rank <= 200
order by repository_id, suspect_rank
