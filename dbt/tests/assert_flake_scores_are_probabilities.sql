-- Interval ends included: the rate lies within its own interval.
select *
from {{ ref('fct_test_flakiness') }}
where
    not (
        coalesce(flake_score_ratio, 0) between 0 and 1
        and coalesce(ever_flaky_ratio, 0) between 0 and 1
        and coalesce(still_flaky_ratio, 0) between 0 and 1
        and coalesce(noisy_or_ratio, 0) between 0 and 1
        and coalesce(flake_rate_ratio_low <= flake_rate_ratio, true)
        and coalesce(flake_rate_ratio <= flake_rate_ratio_high, true)
        and coalesce(flake_rate_ratio_high <= 1, true)
    )
