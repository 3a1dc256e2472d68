{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['provider', 'repository_id', 'as_of_at'],
        on_schema_change='fail',
        post_hook="{{ forget_former_as_of_dates() }}"
    )
}}

with

as_of_dates as (

    {{ touched_as_of_dates() }}

),

executions as (

    select * from {{ ref('int_test_executions_judged') }}

),

verdicts as (

    select * from {{ ref('int_test_tries_collapsed') }}

),

executions_in_windows as (

    select
        as_of_dates.as_of_at,
        as_of_dates.load_number,
        executions.provider,
        executions.repository_id,
        executions.execution_id,
        executions.executed_at,
        executions.is_mass_failure
    from executions
    inner join as_of_dates
        on
            executions.provider = as_of_dates.provider
            and executions.repository_id = as_of_dates.repository_id
            and executions.executed_at > as_of_dates.window_start_at
            and executions.executed_at <= as_of_dates.as_of_at

),

-- Skipped is neither pass nor fail, and a broken machine exercises no test.
tests_counted as (

    select
        verdicts.provider,
        verdicts.repository_id,
        executions_in_windows.as_of_at,
        verdicts.test_id,
        any_value(executions_in_windows.load_number) as load_number,
        count(*) filter (where not executions_in_windows.is_mass_failure) as execution_count,
        count(*) filter (where not executions_in_windows.is_mass_failure and verdicts.outcome <> 'passed')
            as bad_execution_count,
        max(executions_in_windows.executed_at) as last_seen_at
    from verdicts
    inner join executions_in_windows using (provider, repository_id, execution_id)
    where verdicts.outcome <> 'skipped'
    group by all

)

select * from tests_counted
