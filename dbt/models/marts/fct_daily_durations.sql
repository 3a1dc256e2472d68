{% set days_before = regression_days('window_days', 'baseline_days') | trim | int - 1 %}

with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

-- Runs of one day share runners and network: the day is what is compared, once it is over.
measurements as (

    select
        measurements.*,
        cast(measurements.created_at as date) as day_date
    from {{ ref('fct_comparable_durations') }} as measurements
    inner join repositories using (provider, repository_id)
    where cast(measurements.created_at as date) < cast(repositories.as_of_at as date)

),

days as (

    select
        provider,
        repository_id,
        series_kind,
        series_id,
        day_date,
        isodow(day_date) >= 6 as is_weekend,
        count(*) as run_count,
        median(comparable_seconds) as level_seconds,
        1.4826 * mad(comparable_seconds) / nullif(median(comparable_seconds), 0) as run_noise_ratio,
        count(*) filter (where is_default_branch) as default_run_count,
        median(comparable_seconds) filter (where is_default_branch) as default_level_seconds,
        count(*) filter (where not is_default_branch) as other_run_count,
        median(comparable_seconds) filter (where not is_default_branch) as other_level_seconds
    from measurements
    group by all
    having count(*) >= {{ regression_parameter('daily_count') }}

),

-- A day is judged by itself and the days before it, and by nothing else: while those stay as they are, so does what was
-- judged.
days_in_view as (

    select
        *,
        cast(
            bit_xor(
                hash(
                    day_date,
                    level_seconds,
                    run_noise_ratio,
                    default_run_count,
                    default_level_seconds,
                    other_run_count,
                    other_level_seconds
                )
            ) over (
                partition by provider, repository_id, series_kind, series_id
                order by day_date
                range between interval {{ days_before }} day preceding and current row
            ) as varchar
        ) as view_id
    from days

)

select * from days_in_view
