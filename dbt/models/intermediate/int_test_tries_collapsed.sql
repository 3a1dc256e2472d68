{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['provider', 'repository_id', 'run_id'],
        on_schema_change='fail'
    )
}}

with

artifacts as (

    select * from {{ ref('int_artifacts_tied_to_jobs') }}

),

results as (

    select * from {{ ref('stg_test_results') }}

),

touched_runs as (

    {{ touched_runs() }}

),

artifacts_of_touched_runs as (

    select
        artifacts.provider,
        artifacts.repository_id,
        artifacts.run_id,
        artifacts.artifact_id,
        artifacts.execution_id,
        artifacts.job_id,
        artifacts.run_attempt,
        artifacts.job_config_id,
        artifacts.test_config_id,
        artifacts.executed_at,
        touched_runs.load_number
    from artifacts
    inner join touched_runs using (provider, repository_id, run_id)

),

tries as (

    select
        artifacts_of_touched_runs.provider,
        artifacts_of_touched_runs.repository_id,
        artifacts_of_touched_runs.run_id,
        artifacts_of_touched_runs.execution_id,
        artifacts_of_touched_runs.job_id,
        artifacts_of_touched_runs.run_attempt,
        artifacts_of_touched_runs.job_config_id,
        artifacts_of_touched_runs.test_config_id,
        artifacts_of_touched_runs.executed_at,
        artifacts_of_touched_runs.artifact_id,
        artifacts_of_touched_runs.load_number,
        results.report_path,
        results.test_id,
        results.suite_name,
        results.class_name,
        results.test_name,
        results.file_path,
        results.try_number,
        results.test_outcome,
        results.test_seconds,
        results.message
    from results
    inner join artifacts_of_touched_runs using (provider, repository_id, artifact_id)

),

-- The verdict is a function of the multiset of tries: no order of a report changes it.
tries_counted as (

    select
        provider,
        repository_id,
        run_id,
        execution_id,
        test_id,
        any_value(job_id) as job_id,
        any_value(run_attempt) as run_attempt,
        any_value(job_config_id) as job_config_id,
        min(test_config_id) as test_config_id,
        min(executed_at) as executed_at,
        min(artifact_id) as artifact_id,
        min(report_path) as report_path,
        min(suite_name) as suite_name,
        min(class_name) as class_name,
        min(test_name) as test_name,
        min(file_path) as file_path,
        count(*) as try_count,
        count(*) filter (where test_outcome = 'passed') as passed_try_count,
        count(*) filter (where test_outcome = 'failed') as failed_try_count,
        count(*) filter (where test_outcome = 'error') as error_try_count,
        round(sum(test_seconds), 6) as test_seconds,
        min(test_seconds) filter (where try_number = 1) as first_try_seconds,
        min(message) filter (where test_outcome in ('failed', 'error')) as bad_message,
        min(message) filter (where test_outcome = 'skipped') as skip_message,
        any_value(load_number) as load_number
    from tries
    group by all

),

verdicts as (

    select
        * exclude (passed_try_count, failed_try_count, error_try_count, bad_message, skip_message),
        case
            when failed_try_count + error_try_count > 0 and passed_try_count > 0 then 'flaky_passed'
            when failed_try_count > 0 then 'failed'
            when error_try_count > 0 then 'error'
            when passed_try_count > 0 then 'passed'
            else 'skipped'
        end as outcome,
        coalesce(bad_message, skip_message) as message
    from tries_counted

)

select * from verdicts
