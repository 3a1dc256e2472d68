with

operations as (

    select *
    from {{ ref('int_cache_operations_repeated_by_period') }}
    where dependent_step_seconds is not null

),

-- What a miss is compared with: the exact hits, and for themselves the partial ones.
comparisons as (

    select
        *,
        unnest(if(cache_outcome = 'miss', ['exact', 'partial'], [cache_outcome])) as hit_outcome,
        cache_outcome = 'miss' as is_miss
    from operations
    where cache_outcome in ('miss', 'exact', 'partial')

),

beside_opposites as (

    select
        *,
        last_value(if(is_miss, null, started_at) ignore nulls) over so_far as previous_hit_at,
        first_value(if(is_miss, null, started_at) ignore nulls) over from_here as next_hit_at
    from comparisons
    window
        so_far as (
            partition by
                provider, repository_id, cache_slot_id, period_kind, period_start_date, job_config_id, hit_outcome
            order by started_at
        ),
        from_here as (
            partition by
                provider, repository_id, cache_slot_id, period_kind, period_start_date, job_config_id, hit_outcome
            order by started_at
            range between current row and unbounded following
        )

),

-- Each arm is bounded to 40, for pairs grow with the square: of the misses that have a hit beside them the latest …
misses as (

    select *
    from beside_opposites
    where
        is_miss
        and (
            previous_hit_at >= started_at - interval 14 day
            or next_hit_at <= started_at + interval 14 day
        )
    window
        arm as (
            partition by
                provider, repository_id, cache_slot_id, period_kind, period_start_date, job_config_id, hit_outcome
            order by started_at desc, job_id desc
        )
    qualify row_number() over arm <= 40

),

distances as (

    select
        hits.provider,
        hits.repository_id,
        hits.cache_slot_id,
        hits.period_kind,
        hits.period_start_date,
        hits.job_config_id,
        hits.hit_outcome,
        hits.job_id,
        hits.started_at,
        hits.dependent_step_seconds,
        min(abs(epoch(hits.started_at) - epoch(misses.started_at))) as nearest_miss_seconds
    from comparisons as hits
    inner join misses
        using (provider, repository_id, cache_slot_id, period_kind, period_start_date, job_config_id, hit_outcome)
    where
        not hits.is_miss
        and hits.started_at between misses.started_at - interval 14 day and misses.started_at + interval 14 day
    group by all

),

-- … and of the hits those nearest to one: the latest of a slot that now always hits would stand beside no miss.
hits as (

    select *
    from distances
    window
        arm as (
            partition by
                provider, repository_id, cache_slot_id, period_kind, period_start_date, job_config_id, hit_outcome
            order by nearest_miss_seconds asc, started_at desc, job_id desc
        )
    qualify row_number() over arm <= 40

),

-- The lock file changes exactly when the key misses: only neighbours in time have the same dependencies.
pairs as (

    select
        misses.provider,
        misses.repository_id,
        misses.cache_slot_id,
        misses.period_kind,
        misses.period_start_date,
        misses.job_config_id,
        misses.hit_outcome,
        misses.job_id as miss_job_id,
        hits.job_id as hit_job_id,
        misses.dependent_step_seconds - hits.dependent_step_seconds as saving_seconds
    from misses
    inner join hits
        using (provider, repository_id, cache_slot_id, period_kind, period_start_date, job_config_id, hit_outcome)
    where hits.started_at between misses.started_at - interval 14 day and misses.started_at + interval 14 day

)

select * from pairs
