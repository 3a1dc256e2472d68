with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

executions as (

    select * from {{ ref('int_test_executions_judged') }}

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

)

select * from with_windows
