-- Worked example of docs/metrics.md: what clears a flake.
with

known (rate, run_count) as (

    values
    (0.01, 299),
    (0.1, 29),
    (0.3, 9),
    (1.0, 1),
    (0.0, null)

)

select *
from known
where {{ clean_runs_needed('rate') }} is distinct from run_count
