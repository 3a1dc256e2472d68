with

operations as (

    select *
    from {{ ref('int_cache_operations_repeated_by_period') }}
    where dependent_step_seconds is not null

),

-- Each arm is bounded to its latest 40: an estimate needs no more, and pairs grow with the square.
arms as (

    select
        provider,
        repository_id,
        cache_slot_id,
        period_kind,
        period_start_date,
        job_config_id,
        cache_outcome,
        job_id,
        started_at,
        dependent_step_seconds,
        row_number() over arm as arm_number,
        count(*) over arm_whole as arm_count
    from operations
    where cache_outcome in ('miss', 'exact', 'partial')
    window
        arm_whole as (
            partition by
                provider, repository_id, cache_slot_id, period_kind, period_start_date, job_config_id, cache_outcome
        ),
        arm as (
            partition by
                provider, repository_id, cache_slot_id, period_kind, period_start_date, job_config_id, cache_outcome
            order by started_at desc, job_id desc
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
        hits.cache_outcome as hit_outcome,
        misses.job_id as miss_job_id,
        hits.job_id as hit_job_id,
        misses.arm_number as miss_number,
        hits.arm_number as hit_number,
        least(misses.arm_count, 40) as miss_arm_count,
        least(hits.arm_count, 40) as hit_arm_count,
        misses.dependent_step_seconds - hits.dependent_step_seconds as saving_seconds
    from arms as misses
    inner join arms as hits
        on
            misses.provider = hits.provider
            and misses.repository_id = hits.repository_id
            and misses.cache_slot_id = hits.cache_slot_id
            and misses.period_kind = hits.period_kind
            and misses.period_start_date = hits.period_start_date
            and misses.job_config_id = hits.job_config_id
            and hits.started_at between misses.started_at - interval 14 day and misses.started_at + interval 14 day
    where misses.cache_outcome = 'miss' and hits.cache_outcome in ('exact', 'partial')

)

select * from pairs
