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

    select
        pairs.*,
        row_number() over in_order as pair_number
    from pairs
    semi join estimates using (provider, repository_id, cache_slot_id, period_kind, period_start_date, hit_outcome)
    window in_order as (
        partition by provider, repository_id, cache_slot_id, period_kind, period_start_date, hit_outcome
        order by saving_seconds, miss_job_id, hit_job_id
    )

),

lookups_compared as (

    select
        provider,
        repository_id,
        cache_slot_id,
        period_kind,
        period_start_date,
        hit_outcome,
        miss_job_id,
        null as hit_job_id,
        count(*) as pair_count
    from pairs_of_estimates
    group by all
    union all
    select
        provider,
        repository_id,
        cache_slot_id,
        period_kind,
        period_start_date,
        hit_outcome,
        null as miss_job_id,
        hit_job_id,
        count(*) as pair_count
    from pairs_of_estimates
    group by all

),

-- The estimate inverts the rank-sum test, and so does its interval: its ends are the pairs at the ranks where the test
-- would just reject. Two pairs that share a lookup hang together (covariance 1/12, each alone 1/4); where all are
-- paired with all the sum below is the textbook's mn(m + n + 1)/12.
ranks as (

    select
        provider,
        repository_id,
        cache_slot_id,
        period_kind,
        period_start_date,
        hit_outcome,
        sum(pair_count) / 2 as pair_count,
        floor(
            sum(pair_count) / 4 - 1.6449 * sqrt((sum(pair_count) / 2 + sum(pair_count * pair_count)) / 12)
        ) as low_rank
    from lookups_compared
    group by all

),

-- Where even the outermost pair is inside it, an interval of this level does not exist.
intervals as (

    select
        pairs_of_estimates.provider,
        pairs_of_estimates.repository_id,
        pairs_of_estimates.cache_slot_id,
        pairs_of_estimates.period_kind,
        pairs_of_estimates.period_start_date,
        pairs_of_estimates.hit_outcome,
        max(pairs_of_estimates.saving_seconds) filter (
            where pairs_of_estimates.pair_number = ranks.low_rank
        ) as saving_seconds_low,
        max(pairs_of_estimates.saving_seconds) filter (
            where pairs_of_estimates.pair_number = ranks.pair_count + 1 - ranks.low_rank
        ) as saving_seconds_high
    from pairs_of_estimates
    inner join ranks
        using (provider, repository_id, cache_slot_id, period_kind, period_start_date, hit_outcome)
    where ranks.low_rank >= 1
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
