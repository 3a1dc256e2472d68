with

-- Failures end early and re-runs are partial: only what succeeded at once says how long the whole takes.
attempts as (

    select *
    from {{ ref('fct_run_attempts') }}
    where is_headline and result = 'success'

),

jobs as (

    select *
    from {{ ref('fct_jobs') }}
    where is_executed and result = 'success' and execution_seconds is not null

),

steps as (

    select *
    from {{ ref('fct_steps') }}
    where step_seconds is not null

),

-- Read twice rather than kept.
verdicts as not materialized (

    select *
    from {{ ref('int_test_tries_collapsed') }}
    where outcome = 'passed' and test_seconds is not null

),

test_names as (

    select * from {{ ref('dim_tests') }}

),

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

recent_attempts as (

    select attempts.*
    from attempts
    inner join repositories using (provider, repository_id)
    where
        attempts.created_at > repositories.as_of_at
        - interval {{ regression_days('history_days', 'gap_days', 'baseline_days', 'window_days') }} day

),

-- Thousands of tests take milliseconds: those are watched that are the slowest now, not those that once were.
attempts_of_a_month as (

    select recent_attempts.*
    from recent_attempts
    inner join repositories using (provider, repository_id)
    where recent_attempts.created_at > repositories.as_of_at - interval 30 day

),

slowest_tests as (

    select
        verdicts.provider,
        verdicts.repository_id,
        verdicts.test_id
    from verdicts
    semi join attempts_of_a_month using (provider, repository_id, run_id, run_attempt)
    group by verdicts.provider, verdicts.repository_id, verdicts.test_id
    qualify row_number() over (
        partition by verdicts.provider, verdicts.repository_id
        order by median(verdicts.test_seconds) desc, verdicts.test_id
    ) <= {{ regression_parameter('test_count') }}

),

workflows_measured as (

    select
        provider,
        repository_id,
        run_id,
        'workflow' as series_kind,
        cast(workflow_id as varchar) as series_id,
        workflow_name as series_name,
        wall_seconds as comparable_seconds
    from recent_attempts
    where wall_seconds is not null

),

-- Legs that share a configuration are one job, measured by their middle.
jobs_measured as (

    select
        jobs.provider,
        jobs.repository_id,
        jobs.run_id,
        'job' as series_kind,
        jobs.job_config_id as series_id,
        min(jobs.job_name) as series_name,
        median(jobs.execution_seconds) as comparable_seconds
    from jobs
    semi join recent_attempts using (provider, repository_id, run_id, run_attempt)
    group by all

),

stages_measured as (

    select
        steps.provider,
        steps.repository_id,
        steps.run_id,
        'stage' as series_kind,
        md5(concat_ws('|', recent_attempts.workflow_id, steps.stage_name)) as series_id,
        steps.stage_name as series_name,
        sum(steps.step_seconds) as comparable_seconds
    from steps
    inner join recent_attempts using (provider, repository_id, run_id, run_attempt)
    group by all

),

-- A test of a matrix is measured once for each run, in its middle configuration.
slowest_tests_measured as (

    select
        verdicts.provider,
        verdicts.repository_id,
        verdicts.run_id,
        verdicts.test_id,
        median(verdicts.test_seconds) as comparable_seconds
    from verdicts
    semi join slowest_tests using (provider, repository_id, test_id)
    semi join recent_attempts using (provider, repository_id, run_id, run_attempt)
    group by all

),

tests_measured as (

    select
        slowest_tests_measured.provider,
        slowest_tests_measured.repository_id,
        slowest_tests_measured.run_id,
        'test' as series_kind,
        md5(concat_ws('|', recent_attempts.workflow_id, slowest_tests_measured.test_id)) as series_id,
        test_names.test_name as series_name,
        slowest_tests_measured.comparable_seconds
    from slowest_tests_measured
    inner join recent_attempts using (provider, repository_id, run_id)
    inner join test_names using (provider, repository_id, test_id)

),

measured as (

    select * from workflows_measured
    union all
    select * from jobs_measured
    union all
    select * from stages_measured
    union all
    select * from tests_measured

),

final as (

    select
        measured.provider,
        measured.repository_id,
        recent_attempts.repository_name,
        recent_attempts.workflow_id,
        recent_attempts.workflow_name,
        measured.series_kind,
        measured.series_id,
        measured.series_name,
        measured.run_id,
        recent_attempts.head_sha,
        recent_attempts.is_default_branch,
        recent_attempts.run_url,
        recent_attempts.created_at,
        measured.comparable_seconds
    from measured
    inner join recent_attempts using (provider, repository_id, run_id)

)

select * from final
