with

pairs as (

    select * from {{ ref('int_cache_operations_paired') }}

),

-- Hodges–Lehmann: the median over all pairs, so that one slow download moves nothing.
estimates as (

    select
        provider,
        repository_id,
        cache_slot_id,
        period_kind,
        period_start_date,
        hit_outcome,
        count(distinct miss_job_id) as miss_count,
        count(distinct hit_job_id) as hit_count,
        quantile_cont(saving_seconds, 0.5) as saving_seconds
    from pairs
    group by all
    having count(distinct miss_job_id) >= 3 and count(distinct hit_job_id) >= 5

),

pairs_of_estimates as (

    select pairs.*
    from pairs
    semi join estimates using (provider, repository_id, cache_slot_id, period_kind, period_start_date, hit_outcome)

),

-- Draws come from a hash and not from a generator: the interval is the same on every machine and every night.
draws as (

    select
        resamples.range as resample_number,
        positions.range as draw_number,
        md5_number_lower(concat_ws('|', 'miss', resamples.range, positions.range)) as miss_draw,
        md5_number_lower(concat_ws('|', 'hit', resamples.range, positions.range)) as hit_draw
    from range(1000) as resamples
    cross join range(40) as positions

),

arms as (

    select distinct
        provider,
        repository_id,
        cache_slot_id,
        period_kind,
        period_start_date,
        job_config_id,
        hit_outcome,
        miss_arm_count,
        hit_arm_count
    from pairs_of_estimates

),

misses_drawn as (

    select
        arms.provider,
        arms.repository_id,
        arms.cache_slot_id,
        arms.period_kind,
        arms.period_start_date,
        arms.job_config_id,
        arms.hit_outcome,
        draws.resample_number,
        1 + draws.miss_draw % arms.miss_arm_count as miss_number,
        count(*) as drawn_count
    from arms
    inner join draws on arms.miss_arm_count > draws.draw_number
    group by all

),

hits_drawn as (

    select
        arms.provider,
        arms.repository_id,
        arms.cache_slot_id,
        arms.period_kind,
        arms.period_start_date,
        arms.job_config_id,
        arms.hit_outcome,
        draws.resample_number,
        1 + draws.hit_draw % arms.hit_arm_count as hit_number,
        count(*) as drawn_count
    from arms
    inner join draws on arms.hit_arm_count > draws.draw_number
    group by all

),

pairs_drawn as (

    select
        pairs_of_estimates.*,
        misses_drawn.resample_number,
        misses_drawn.drawn_count * hits_drawn.drawn_count as drawn_count
    from pairs_of_estimates
    inner join misses_drawn
        using (
            provider, repository_id, cache_slot_id, period_kind, period_start_date, job_config_id, hit_outcome,
            miss_number
        )
    inner join hits_drawn
        using (
            provider, repository_id, cache_slot_id, period_kind, period_start_date, job_config_id, hit_outcome,
            hit_number, resample_number
        )

),

medians_of_resamples as (

    select
        pairs_drawn.provider,
        pairs_drawn.repository_id,
        pairs_drawn.cache_slot_id,
        pairs_drawn.period_kind,
        pairs_drawn.period_start_date,
        pairs_drawn.hit_outcome,
        pairs_drawn.resample_number,
        quantile_cont(pairs_drawn.saving_seconds, 0.5) as saving_seconds
    from pairs_drawn
    cross join range(pairs_drawn.drawn_count)
    group by all

),

intervals as (

    select
        provider,
        repository_id,
        cache_slot_id,
        period_kind,
        period_start_date,
        hit_outcome,
        quantile_cont(saving_seconds, 0.05) as saving_seconds_low,
        quantile_cont(saving_seconds, 0.95) as saving_seconds_high
    from medians_of_resamples
    group by all

),

estimated as (

    select
        estimates.*,
        intervals.saving_seconds_low,
        intervals.saving_seconds_high
    from estimates
    left join intervals
        using (provider, repository_id, cache_slot_id, period_kind, period_start_date, hit_outcome)

)

select * from estimated
