{{
    config(
        materialized='incremental',
        incremental_strategy='whole_runs',
        on_schema_change='fail'
    )
}}

with

verdicts as (

    select * from {{ ref('int_test_tries_collapsed') }}

),

touched_runs as (

    {{ touched_runs() }}

),

executions as (

    select
        verdicts.provider,
        verdicts.repository_id,
        verdicts.run_id,
        verdicts.execution_id,
        any_value(touched_runs.load_number) as load_number,
        any_value(verdicts.job_id) as job_id,
        any_value(verdicts.job_config_id) as job_config_id,
        any_value(verdicts.test_config_id) as test_config_id,
        min(verdicts.executed_at) as executed_at,
        count(*) filter (where verdicts.outcome <> 'skipped') as test_count,
        count(*) filter (where verdicts.outcome in ('failed', 'error')) as failed_test_count,
        count(*) filter (where verdicts.outcome = 'flaky_passed') as retried_test_count,
        count(*) filter (where verdicts.outcome = 'skipped') as skipped_test_count,
        round(sum(verdicts.test_seconds), 6) as job_test_seconds
    from verdicts
    inner join touched_runs using (provider, repository_id, run_id)
    group by all

)

select * from executions
