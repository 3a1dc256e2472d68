with

operations as (

    select * from {{ ref('int_cache_operations_placed_in_slots') }}

),

misses as (

    select * from {{ ref('int_cache_misses_recognised_by_key') }}

),

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

operations_recognised as (

    select
        operations.*,
        misses.is_evicted,
        misses.is_scope_miss,
        repositories.as_of_at,
        repositories.window_start_at
    from operations
    inner join repositories using (provider, repository_id)
    left join misses using (provider, repository_id, job_id, line_number)

),

repeated as (

    select
        * exclude (as_of_at, window_start_at),
        'week' as period_kind,
        iso_week_start_date as period_start_date
    from operations_recognised
    union all
    select
        * exclude (as_of_at, window_start_at),
        'last_30_days' as period_kind,
        cast(window_start_at as date) as period_start_date
    from operations_recognised
    where started_at > window_start_at and started_at <= as_of_at
    union all
    select
        * exclude (as_of_at, window_start_at),
        'all_history' as period_kind,
        cast(min(started_at) over (partition by provider, repository_id) as date) as period_start_date
    from operations_recognised

)

select * from repeated
