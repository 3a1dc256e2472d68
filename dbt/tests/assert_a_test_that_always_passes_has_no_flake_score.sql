-- The first law of the score: suspicion needs a failure.
select *
from {{ ref('fct_test_flakiness') }}
where bad_execution_count = 0 and flake_score_ratio > 0
