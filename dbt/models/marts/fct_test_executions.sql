{{ config(materialized='view') }}

with

verdicts as (

    select * from {{ ref('int_test_tries_collapsed') }}

),

executions as (

    select * from {{ ref('int_test_executions_judged') }}

),

runs as (

    select * from {{ ref('int_runs_in_context') }}

),

tests as (

    select * from {{ ref('dim_tests') }}

),

in_context as (

    select
        verdicts.provider,
        verdicts.repository_id,
        runs.repository_name,
        verdicts.run_id,
        verdicts.run_attempt,
        verdicts.execution_id,
        verdicts.job_id,
        verdicts.job_config_id,
        verdicts.artifact_id,
        verdicts.report_path,
        verdicts.test_id,
        tests.suite_name,
        tests.class_name,
        tests.test_name,
        tests.file_path,
        verdicts.outcome,
        verdicts.outcome in ('failed', 'error') as is_bad,
        verdicts.try_count,
        verdicts.test_seconds as test_seconds_total,
        verdicts.first_try_seconds,
        verdicts.message,
        verdicts.executed_at,
        runs.head_sha,
        runs.head_branch,
        runs.is_default_branch,
        runs.event,
        -- An execution of skipped tests only has no verdict to distrust.
        coalesce(executions.is_mass_failure, false) as is_mass_failure,
        runs.iso_week_start_date,
        verdicts.load_number
    from verdicts
    inner join runs using (provider, repository_id, run_id)
    inner join tests using (provider, repository_id, test_id)
    left join executions using (provider, repository_id, execution_id)

)

select * from in_context
