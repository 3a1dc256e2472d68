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

    select *
    from {{ ref('int_test_tries_collapsed') }}
    where executed_at > (select min(as_of_dates.window_start_at) from as_of_dates)

),

runs as (

    select * from {{ ref('int_runs_in_context') }}

),

-- Windows overlap: each result lies in four or five. Between two of their ends nothing separates them: results are
-- counted once, by the span they lie in, and windows add up spans.
ends_of_windows as (

    select
        provider,
        repository_id,
        window_start_at as span_start_at
    from as_of_dates
    union
    select
        provider,
        repository_id,
        as_of_at as span_start_at
    from as_of_dates

),

executions_in_spans as (

    select
        executions.provider,
        executions.repository_id,
        executions.execution_id,
        executions.executed_at,
        executions.is_mass_failure,
        runs.is_default_branch,
        ends_of_windows.span_start_at
    from executions
    inner join runs using (provider, repository_id, run_id)
    asof join ends_of_windows
        on
            executions.provider = ends_of_windows.provider
            and executions.repository_id = ends_of_windows.repository_id
            and executions.executed_at > ends_of_windows.span_start_at

),

-- Skipped is neither pass nor fail, and a broken machine exercises no test; but both say that it is there.
tests_counted_by_span as (

    select
        verdicts.provider,
        verdicts.repository_id,
        executions_in_spans.span_start_at,
        verdicts.test_id,
        verdicts.test_config_id,
        count(*) filter (where not executions_in_spans.is_mass_failure and verdicts.outcome <> 'skipped')
            as execution_count,
        count(*) filter (
            where not executions_in_spans.is_mass_failure and verdicts.outcome not in ('passed', 'skipped')
        ) as bad_execution_count,
        max(executions_in_spans.executed_at) filter (where verdicts.outcome <> 'skipped') as last_seen_at,
        max(executions_in_spans.executed_at) filter (where executions_in_spans.is_default_branch)
            as last_on_default_branch_at
    from verdicts
    inner join executions_in_spans using (provider, repository_id, execution_id)
    group by all

),

tests_counted_by_config as (

    select
        tests_counted_by_span.provider,
        tests_counted_by_span.repository_id,
        as_of_dates.as_of_at,
        tests_counted_by_span.test_id,
        tests_counted_by_span.test_config_id,
        any_value(as_of_dates.load_number) as load_number,
        sum(tests_counted_by_span.execution_count) as execution_count,
        sum(tests_counted_by_span.bad_execution_count) as bad_execution_count,
        max(tests_counted_by_span.last_seen_at) as last_seen_at,
        max(tests_counted_by_span.last_on_default_branch_at) as last_on_default_branch_at
    from tests_counted_by_span
    inner join as_of_dates
        on
            tests_counted_by_span.provider = as_of_dates.provider
            and tests_counted_by_span.repository_id = as_of_dates.repository_id
            and tests_counted_by_span.span_start_at >= as_of_dates.window_start_at
            and tests_counted_by_span.span_start_at < as_of_dates.as_of_at
    group by all

),

executions_in_windows as (

    select
        as_of_dates.as_of_at,
        executions.provider,
        executions.repository_id,
        executions.run_id,
        executions.test_config_id,
        executions.executed_at,
        executions.is_mass_failure,
        runs.is_default_branch
    from executions
    inner join runs using (provider, repository_id, run_id)
    inner join as_of_dates
        on
            executions.provider = as_of_dates.provider
            and executions.repository_id = as_of_dates.repository_id
            and executions.executed_at > as_of_dates.window_start_at
            and executions.executed_at <= as_of_dates.as_of_at

),

runs_of_configs as (

    select
        provider,
        repository_id,
        as_of_at,
        test_config_id,
        run_id,
        max(executed_at) as executed_at
    from executions_in_windows
    where is_default_branch and not is_mass_failure
    group by all

),

runs_of_configs_ranked as (

    select
        *,
        row_number() over (
            partition by provider, repository_id, as_of_at, test_config_id
            order by executed_at desc, run_id desc
        ) as run_rank
    from runs_of_configs

),

-- A configuration that runs no more says nothing of the tests it had.
configs_at_work as (

    select
        provider,
        repository_id,
        as_of_at,
        test_config_id,
        min(executed_at) as missing_since_at
    from runs_of_configs_ranked
    where run_rank <= {{ flake_parameter('missing_run_count') }}
    group by all
    having
        count(*) = {{ flake_parameter('missing_run_count') }}
        and max(executed_at) > as_of_at - interval ({{ flake_parameter('config_idle_days') }}) day

),

missing_tests as (

    select
        tests_counted_by_config.provider,
        tests_counted_by_config.repository_id,
        tests_counted_by_config.as_of_at,
        tests_counted_by_config.test_id,
        bool_and(tests_counted_by_config.last_on_default_branch_at < configs_at_work.missing_since_at) as is_missing
    from tests_counted_by_config
    inner join configs_at_work using (provider, repository_id, as_of_at, test_config_id)
    where tests_counted_by_config.last_on_default_branch_at is not null
    group by all

),

tests_counted as (

    select
        provider,
        repository_id,
        as_of_at,
        test_id,
        any_value(load_number) as load_number,
        cast(sum(execution_count) as bigint) as execution_count,
        cast(sum(bad_execution_count) as bigint) as bad_execution_count,
        max(last_seen_at) as last_seen_at
    from tests_counted_by_config
    where last_seen_at is not null
    group by all

),

tests_followed as (

    select
        tests_counted.*,
        coalesce(missing_tests.is_missing, false) as is_missing
    from tests_counted
    left join missing_tests using (provider, repository_id, as_of_at, test_id)

)

select * from tests_followed
