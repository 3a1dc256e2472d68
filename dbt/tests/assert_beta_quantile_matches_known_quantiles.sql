-- Worked example of docs/metrics.md. The exact quantiles are .00249 and .03154, .05094 and .14015.
with

known_quantiles (alpha, beta, low, high) as (

    values
    (2.05, 150.0, 0.00243, 0.03145),
    (10.05, 100.0, 0.05093, 0.14012)

),

computed as (

    select
        *,
        {{ beta_quantile('alpha', 'beta', -1.6449) }} as computed_low,
        {{ beta_quantile('alpha', 'beta', 1.6449) }} as computed_high
    from known_quantiles

)

select *
from computed
where abs(computed_low - low) > 0.000005 or abs(computed_high - high) > 0.000005
