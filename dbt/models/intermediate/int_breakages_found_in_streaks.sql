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

test_runs as (

    select *
    from {{ ref('int_test_runs_judged_by_config') }}
    {{ of_touched_as_of_dates() }}

),

default_branch_runs as (

    select
        *,
        failed_count > 0 and passed_count = 0 and passed_elsewhere_count = 0 as is_red,
        lead(occurred_at) over history as next_occurred_at
    from test_runs
    where is_default_branch
    window history as (
        partition by provider, repository_id, as_of_at, test_id, test_config_id
        order by occurred_at, run_id
    )

),

default_branch_runs_in_streaks as (

    select
        *,
        row_number() over history - row_number() over history_of_color as streak_number
    from default_branch_runs
    window
        history as (
            partition by provider, repository_id, as_of_at, test_id, test_config_id
            order by occurred_at, run_id
        ),
        history_of_color as (
            partition by provider, repository_id, as_of_at, test_id, test_config_id, is_red
            order by occurred_at, run_id
        )

),

-- A breakage lasts to the first run that is not red; without one it is still open.
breakages as (

    select
        provider,
        repository_id,
        as_of_at,
        test_id,
        test_config_id,
        streak_number,
        any_value(load_number) as load_number,
        min(occurred_at) as started_at,
        if(bool_or(next_occurred_at is null), any_value(as_of_at), max(next_occurred_at)) as ended_at,
        bool_or(next_occurred_at is null) as is_open,
        count(*) as run_count
    from default_branch_runs_in_streaks
    where is_red
    group by all
    having count(*) >= {{ flake_parameter('episode_run_count') }}

)

select * from breakages
