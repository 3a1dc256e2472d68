with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

-- First attempts of the default branch's own commits: a pull request may fail as it likes, a re-run repeats a failure.
attempts as (

    select attempts.*
    from {{ ref('fct_run_attempts') }} as attempts
    inner join repositories using (provider, repository_id)
    where
        attempts.is_headline
        and attempts.is_default_branch
        and cast(attempts.created_at as date) < cast(repositories.as_of_at as date)
        and attempts.created_at > repositories.as_of_at
        - interval {{ regression_days('history_days', 'gap_days', 'baseline_days', 'window_days') }} day

),

jobs as (

    select *
    from {{ ref('fct_jobs') }}
    where is_executed and (result = 'success' or is_failure_like)

),

mass_failures as (

    select *
    from {{ ref('int_test_executions_judged') }}
    where is_mass_failure

),

-- Read twice rather than kept.
verdicts as not materialized (

    select verdicts.*
    from {{ ref('int_test_tries_collapsed') }} as verdicts
    anti join mass_failures using (provider, repository_id, execution_id)
    where verdicts.outcome <> 'skipped'

),

test_names as (

    select * from {{ ref('dim_tests') }}

),

-- A test that never failed has nothing to tell, and most never did.
failed_tests as (

    select distinct
        verdicts.provider,
        verdicts.repository_id,
        verdicts.test_id
    from verdicts
    semi join attempts using (provider, repository_id, run_id, run_attempt)
    where verdicts.outcome in ('failed', 'error')

),

workflows_judged as (

    select
        provider,
        repository_id,
        run_id,
        'workflow' as series_kind,
        cast(workflow_id as varchar) as series_id,
        workflow_name as series_name,
        is_failure_like as is_failed
    from attempts

),

-- Legs that share a configuration are one job, which fails when one of them does.
jobs_judged as (

    select
        jobs.provider,
        jobs.repository_id,
        jobs.run_id,
        'job' as series_kind,
        jobs.job_config_id as series_id,
        min(jobs.job_name) as series_name,
        bool_or(jobs.is_failure_like) as is_failed
    from jobs
    semi join attempts using (provider, repository_id, run_id, run_attempt)
    group by all

),

-- A test of a matrix fails when it does in one of its configurations.
failed_tests_judged as (

    select
        verdicts.provider,
        verdicts.repository_id,
        verdicts.run_id,
        verdicts.test_id,
        bool_or(verdicts.outcome in ('failed', 'error')) as is_failed
    from verdicts
    semi join failed_tests using (provider, repository_id, test_id)
    semi join attempts using (provider, repository_id, run_id, run_attempt)
    group by all

),

tests_judged as (

    select
        failed_tests_judged.provider,
        failed_tests_judged.repository_id,
        failed_tests_judged.run_id,
        'test' as series_kind,
        md5(concat_ws('|', attempts.workflow_id, failed_tests_judged.test_id)) as series_id,
        test_names.test_name as series_name,
        failed_tests_judged.is_failed
    from failed_tests_judged
    inner join attempts using (provider, repository_id, run_id)
    inner join test_names using (provider, repository_id, test_id)

),

judged as (

    select * from workflows_judged
    union all
    select * from jobs_judged
    union all
    select * from tests_judged

),

final as (

    select
        judged.provider,
        judged.repository_id,
        judged.series_kind,
        judged.series_id,
        cast(attempts.created_at as date) as day_date,
        any_value(attempts.repository_name) as repository_name,
        any_value(attempts.workflow_id) as workflow_id,
        any_value(attempts.workflow_name) as workflow_name,
        min(judged.series_name) as series_name,
        count(*) as result_count,
        count(*) filter (where judged.is_failed) as failed_result_count,
        min(attempts.created_at) filter (where judged.is_failed) as first_failed_at,
        arg_min(attempts.head_sha, row(attempts.created_at, attempts.run_id)) filter (where judged.is_failed)
            as first_failed_sha,
        arg_min(attempts.run_url, row(attempts.created_at, attempts.run_id)) filter (where judged.is_failed)
            as first_failed_run_url,
        max(attempts.created_at) filter (where not judged.is_failed) as last_passed_at,
        arg_max(attempts.head_sha, row(attempts.created_at, attempts.run_id)) filter (where not judged.is_failed)
            as last_passed_sha
    from judged
    inner join attempts using (provider, repository_id, run_id)
    group by all

)

select * from final
