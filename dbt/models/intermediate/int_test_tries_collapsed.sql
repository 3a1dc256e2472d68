{{
    config(
        materialized='incremental',
        incremental_strategy='whole_runs',
        on_schema_change='fail'
    )
}}

with

artifacts as (

    select * from {{ ref('int_artifacts_tied_to_jobs') }}

),

-- Read three times rather than kept: of a year it is gigabytes.
results as not materialized (

    select * from {{ ref('stg_test_results') }}

),

reports as (

    select * from {{ ref('stg_test_reports') }}

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

executions_of_several_reports as (

    select
        artifacts_of_touched_runs.provider,
        artifacts_of_touched_runs.repository_id,
        artifacts_of_touched_runs.execution_id
    from reports
    inner join artifacts_of_touched_runs using (provider, repository_id, artifact_id)
    group by all
    having count(*) > 1

),

tries as not materialized (

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
        results.try_number,
        results.test_outcome,
        results.test_seconds,
        results.message,
        hash(artifacts_of_touched_runs.execution_id, results.test_id) as try_hash
    from results
    inner join artifacts_of_touched_runs using (provider, repository_id, artifact_id)

),

-- Nearly every test has one try, and grouping a hundred million rows takes longer than all the rest. In one report the
-- tries of a test are numbered, so that a second one says so; over several reports, tries that share their hash are
-- found by grouping numbers. Tests that share one by chance stay apart.
shared_hashes as (

    select tries.try_hash
    from tries
    where tries.try_number > 1
    union
    select tries.try_hash
    from tries
    semi join executions_of_several_reports using (provider, repository_id, execution_id)
    group by all
    having count(*) > 1

),

single_tries as (

    select
        tries.provider,
        tries.repository_id,
        tries.run_id,
        tries.execution_id,
        tries.test_id,
        tries.job_id,
        tries.run_attempt,
        tries.job_config_id,
        tries.test_config_id,
        tries.executed_at,
        tries.artifact_id,
        tries.report_path,
        1 as try_count,
        round(tries.test_seconds, 6) as test_seconds,
        if(tries.try_number = 1, tries.test_seconds, null) as first_try_seconds,
        tries.load_number,
        tries.test_outcome as outcome,
        if(tries.test_outcome <> 'passed', tries.message, null) as message
    from tries
    anti join shared_hashes using (try_hash)

),

-- The verdict is a function of the multiset of tries: no order of a report changes it.
tries_counted as (

    select
        tries.provider,
        tries.repository_id,
        tries.run_id,
        tries.execution_id,
        tries.test_id,
        any_value(tries.job_id) as job_id,
        any_value(tries.run_attempt) as run_attempt,
        any_value(tries.job_config_id) as job_config_id,
        min(tries.test_config_id) as test_config_id,
        min(tries.executed_at) as executed_at,
        min(tries.artifact_id) as artifact_id,
        min(tries.report_path) as report_path,
        count(*) as try_count,
        count(*) filter (where tries.test_outcome = 'passed') as passed_try_count,
        count(*) filter (where tries.test_outcome = 'failed') as failed_try_count,
        count(*) filter (where tries.test_outcome = 'error') as error_try_count,
        round(sum(tries.test_seconds), 6) as test_seconds,
        min(tries.test_seconds) filter (where tries.try_number = 1) as first_try_seconds,
        min(tries.message) filter (where tries.test_outcome in ('failed', 'error')) as bad_message,
        min(tries.message) filter (where tries.test_outcome = 'skipped') as skip_message,
        any_value(tries.load_number) as load_number
    from tries
    semi join shared_hashes using (try_hash)
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
    union all by name
    select * from single_tries

)

select * from verdicts
