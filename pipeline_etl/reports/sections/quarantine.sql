-- One row per test proposed for quarantine, what spares most first.
select
    repository_id,
    concat_ws('::', nullif(class_name, ''), test_name) as full_test_name,
    file_path,
    flakiness_class,
    flake_score_ratio,
    flake_rate_ratio,
    incident_count,
    direct_incident_count,
    expected_failure_count,
    cast(expected_cost_usd as double) as expected_cost_usd,
    clean_execution_count,
    release_execution_count,
    quarantine_ends_at,
    expected_wrong_count,
    test_count,
    evidence_url,
    test_id,
    count(*) over (partition by repository_id) as matching_count
from marts.rpt_quarantine
order by repository_id, expected_failure_count desc, full_test_name, test_id
