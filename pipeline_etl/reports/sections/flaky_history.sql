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

worst_weeks as (

    select *
    from weeks
    where flake_score_ratio >= 0.3
    qualify
        row_number() over (
            partition by repository_id, test_id order by flake_score_ratio desc, as_of_at
        ) = 1

),

histories as (

    select
        repository_id,
        test_id,
        count(*) filter (flake_score_ratio >= 0.3 and not is_current) as suspected_week_count,
        max(flakiness_class) filter (is_current) as current_flakiness_class,
        list(
            {'as_of_at': as_of_at, 'flake_score_ratio': flake_score_ratio, 'flakiness_class': flakiness_class}
            order by as_of_at
        ) as score_history
    from weeks
    semi join worst_weeks using (repository_id, test_id)
    group by repository_id, test_id

),

ranked as (

    select
        worst_weeks.repository_id,
        worst_weeks.full_test_name,
        worst_weeks.flake_score_ratio as worst_flake_score_ratio,
        worst_weeks.as_of_at as worst_as_of_at,
        worst_weeks.flakiness_class as worst_flakiness_class,
        worst_weeks.flake_rate_ratio as worst_flake_rate_ratio,
        worst_weeks.flake_rate_ratio_low as worst_flake_rate_ratio_low,
        worst_weeks.flake_rate_ratio_high as worst_flake_rate_ratio_high,
        worst_weeks.incident_count as worst_incident_count,
        worst_weeks.direct_incident_count as worst_direct_incident_count,
        worst_weeks.execution_count as worst_execution_count,
        histories.suspected_week_count,
        histories.current_flakiness_class,
        worst_weeks.evidence_url as worst_evidence_url,
        histories.score_history,
        worst_weeks.test_id,
        row_number() over (
            partition by worst_weeks.repository_id
            order by worst_weeks.flake_score_ratio desc, worst_weeks.full_test_name, worst_weeks.test_id
        ) as history_rank,
        count(*) over (partition by worst_weeks.repository_id) as matching_count
    from worst_weeks
    inner join histories using (repository_id, test_id)

)

select * exclude (history_rank)
from ranked
where history_rank <= 100
order by repository_id, history_rank
