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

    select *
    from {{ ref('int_test_executions_judged') }}
    where not is_mass_failure

),

-- Nothing before the first window is read, so that a night takes as long after a year as after a month.
verdicts as not materialized (

    select * exclude (load_number)
    from {{ ref('int_test_tries_collapsed') }}
    where
        outcome <> 'skipped'
        and executed_at > (select min(as_of_dates.window_start_at) from as_of_dates)

),

runs as (

    select * from {{ ref('int_runs_in_context') }}

),

-- Tests that only passed in a window are nine in ten and say nothing there.
suspects as (

    select distinct
        verdicts.provider,
        verdicts.repository_id,
        verdicts.test_id,
        as_of_dates.as_of_at,
        as_of_dates.window_start_at,
        as_of_dates.load_number
    from verdicts
    semi join executions using (provider, repository_id, execution_id)
    inner join as_of_dates
        on
            verdicts.provider = as_of_dates.provider
            and verdicts.repository_id = as_of_dates.repository_id
            and verdicts.executed_at > as_of_dates.window_start_at
            and verdicts.executed_at <= as_of_dates.as_of_at
    where verdicts.outcome <> 'passed'

),

suspects_in_windows as (

    select
        suspects.as_of_at,
        suspects.load_number,
        verdicts.*
    from verdicts
    semi join executions using (provider, repository_id, execution_id)
    inner join suspects
        on
            verdicts.provider = suspects.provider
            and verdicts.repository_id = suspects.repository_id
            and verdicts.test_id = suspects.test_id
            and verdicts.executed_at > suspects.window_start_at
            and verdicts.executed_at <= suspects.as_of_at

),

-- Failures of one streak have no pass between them, whatever branch they are of.
suspects_in_streaks as (

    select
        *,
        count(*) filter (where outcome in ('passed', 'flaky_passed')) over history
        - if(outcome in ('passed', 'flaky_passed'), 1, 0) as failure_streak_number
    from suspects_in_windows
    window history as (
        partition by provider, repository_id, as_of_at, test_id, test_config_id
        order by executed_at, execution_id
        rows between unbounded preceding and current row
    )

),

-- Attempts of one run have one code: their outcomes are judged together.
test_runs as (

    select
        provider,
        repository_id,
        as_of_at,
        test_id,
        test_config_id,
        run_id,
        any_value(load_number) as load_number,
        any_value(job_config_id) as job_config_id,
        min(executed_at) as occurred_at,
        count(*) as execution_count,
        count(*) filter (where outcome in ('failed', 'error')) as failed_count,
        count(*) filter (where outcome = 'flaky_passed') as retried_count,
        count(*) filter (where outcome in ('passed', 'flaky_passed')) as passed_count,
        min(failure_streak_number) filter (where outcome <> 'passed') as failure_streak_number,
        min_by(job_id, (executed_at, execution_id)) filter (where outcome <> 'passed') as bad_job_id,
        min_by(message, (executed_at, execution_id)) filter (where outcome <> 'passed') as message
    from suspects_in_streaks
    group by all

),

in_context as (

    select
        test_runs.*,
        runs.head_sha,
        runs.head_branch,
        runs.is_default_branch,
        -- A pull request is tested merged into its base, which moves: its commit does not name the code.
        runs.event not like 'pull_request%' as is_pinned_tree
    from test_runs
    inner join runs using (provider, repository_id, run_id)

),

compared_with_commit as (

    select
        *,
        sum(passed_count) over same_commit - passed_count as passed_elsewhere_count,
        sum(if(is_pinned_tree, passed_count, 0)) over same_commit - if(is_pinned_tree, passed_count, 0)
            as passed_elsewhere_pinned_count
    from in_context
    window same_commit as (
        partition by provider, repository_id, as_of_at, test_id, test_config_id, head_sha
    )

)

select * from compared_with_commit
