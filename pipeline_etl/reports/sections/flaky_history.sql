-- One row per test that was ever suspected of flakiness: its worst week, and its score week by week.
with

weeks as (

    select
        repository_id,
        test_id,
        concat_ws('::', nullif(class_name, ''), test_name) as full_test_name,
        as_of_at,
        flake_score_ratio,
        flake_rate_ratio,
        flake_rate_ratio_low,
        flake_rate_ratio_high,
        flakiness_class,
        incident_count,
        direct_incident_count,
        execution_count,
        evidence_url,
        is_current
    from marts.fct_test_flakiness

),

histories as (

    select
        repository_id,
        test_id,
        arg_max(full_test_name, as_of_at) as full_test_name,
        max(flake_score_ratio) as worst_flake_score_ratio,
        arg_max(as_of_at, flake_score_ratio) as worst_as_of_at,
        arg_max(flakiness_class, flake_score_ratio) as worst_flakiness_class,
        arg_max(flake_rate_ratio, flake_score_ratio) as worst_flake_rate_ratio,
        arg_max(flake_rate_ratio_low, flake_score_ratio) as worst_flake_rate_ratio_low,
        arg_max(flake_rate_ratio_high, flake_score_ratio) as worst_flake_rate_ratio_high,
        arg_max(incident_count, flake_score_ratio) as worst_incident_count,
        arg_max(direct_incident_count, flake_score_ratio) as worst_direct_incident_count,
        arg_max(execution_count, flake_score_ratio) as worst_execution_count,
        arg_max(evidence_url, flake_score_ratio) as worst_evidence_url,
        count(*) filter (flake_score_ratio >= 0.3 and not is_current) as suspected_week_count,
        max(flakiness_class) filter (is_current) as current_flakiness_class,
        list({'as_of_at': as_of_at, 'flake_score_ratio': flake_score_ratio} order by as_of_at) as score_history
    from weeks
    group by repository_id, test_id

),

ranked as (

    select
        *,
        row_number() over (
            partition by repository_id order by worst_flake_score_ratio desc, full_test_name, test_id
        ) as history_rank,
        count(*) over (partition by repository_id) as matching_count
    from histories
    where worst_flake_score_ratio >= 0.3

)

select
    repository_id,
    full_test_name,
    worst_flake_score_ratio,
    worst_as_of_at,
    worst_flakiness_class,
    worst_flake_rate_ratio,
    worst_flake_rate_ratio_low,
    worst_flake_rate_ratio_high,
    worst_incident_count,
    worst_direct_incident_count,
    worst_execution_count,
    suspected_week_count,
    current_flakiness_class,
    worst_evidence_url,
    score_history,
    test_id,
    matching_count
from ranked
where history_rank <= 100
order by repository_id, history_rank
