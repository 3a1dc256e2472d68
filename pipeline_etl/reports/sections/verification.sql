-- One row per test in doubt, in the order of what an answer is worth.
select
    repository_id,
    concat_ws('::', nullif(class_name, ''), test_name) as full_test_name,
    flakiness_class,
    flake_score_ratio,
    flake_rate_ratio,
    flake_rate_ratio_high,
    incident_count,
    execution_count,
    rerun_budget_count,
    evidence_url,
    test_id,
    count(*) over (partition by repository_id) as matching_count
from marts.rpt_verification
where verification_number <= 100
order by repository_id, verification_number
