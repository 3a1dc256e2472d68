with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

executions as (

    select * from {{ ref('int_test_executions_judged') }}

),

runs as (

    select * from {{ ref('int_runs_in_context') }}

),

load_numbers as (

    select * from {{ ref('int_runs_numbered_by_load') }}

),

ends_of_weeks as (

    select distinct
        provider,
        repository_id,
        cast(date_trunc('week', executed_at) as timestamptz) + interval 7 day as as_of_at
    from executions

),

-- The week that is running has no end yet: today stands for it.
ends_of_complete_weeks as (

    select ends_of_weeks.*
    from ends_of_weeks
    inner join repositories using (provider, repository_id)
    where ends_of_weeks.as_of_at < repositories.as_of_at

),

as_of_dates as (

    select
        provider,
        repository_id,
        as_of_at,
        false as is_current
    from ends_of_complete_weeks
    union all
    select
        provider,
        repository_id,
        as_of_at,
        true as is_current
    from repositories

),

with_windows as (

    select
        *,
        as_of_at - interval ({{ flake_parameter('window_days') }}) day as window_start_at
    from as_of_dates

),

days_loaded as (

    select
        runs.provider,
        runs.repository_id,
        date_trunc('day', runs.created_at) as day_at,
        max(load_numbers.load_number) as load_number
    from runs
    inner join load_numbers using (provider, repository_id, run_id)
    group by all

),

-- A window ends at its moment: what came of a run touches no moment before the run was made, less a day, for two clocks
-- of a service need not agree.
with_load_numbers as (

    select
        with_windows.provider,
        with_windows.repository_id,
        with_windows.as_of_at,
        with_windows.is_current,
        with_windows.window_start_at,
        coalesce(max(days_loaded.load_number), 0) as load_number
    from with_windows
    left join days_loaded
        on
            with_windows.provider = days_loaded.provider
            and with_windows.repository_id = days_loaded.repository_id
            and with_windows.as_of_at + interval 1 day >= days_loaded.day_at
    group by all

)

select * from with_load_numbers
