with

as_of_dates as (

    select * from {{ ref('int_as_of_dates_listed_by_week') }}

),

executions as (

    select *
    from {{ ref('int_test_executions_judged') }}
    where not is_mass_failure

),

verdicts as (

    select *
    from {{ ref('int_test_tries_collapsed') }}
    where outcome <> 'skipped'

),

runs as (

    select * from {{ ref('int_runs_in_context') }}

),

suspects as (

    select distinct
        verdicts.provider,
        verdicts.repository_id,
        verdicts.test_id
    from verdicts
    semi join executions using (provider, repository_id, execution_id)
    where verdicts.outcome <> 'passed'

),

suspects_executed as (

    select verdicts.*
    from verdicts
    semi join suspects using (provider, repository_id, test_id)
    semi join executions using (provider, repository_id, execution_id)

),

suspects_in_windows as (

    select
        as_of_dates.as_of_at,
        suspects_executed.*
    from suspects_executed
    inner join as_of_dates
        on
            suspects_executed.provider = as_of_dates.provider
            and suspects_executed.repository_id = as_of_dates.repository_id
            and suspects_executed.executed_at > as_of_dates.window_start_at
            and suspects_executed.executed_at <= as_of_dates.as_of_at

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
        any_value(job_config_id) as job_config_id,
        min(executed_at) as occurred_at,
        count(*) as execution_count,
        count(*) filter (where outcome in ('failed', 'error')) as failed_count,
        count(*) filter (where outcome = 'flaky_passed') as retried_count,
        count(*) filter (where outcome in ('passed', 'flaky_passed')) as passed_count,
        min_by(job_id, executed_at) filter (where outcome <> 'passed') as bad_job_id,
        min_by(message, executed_at) filter (where outcome <> 'passed') as message
    from suspects_in_windows
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
