{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['provider', 'repository_id', 'run_id'],
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

failures as (

    select * from {{ ref('int_failures_classified') }}

),

tests_counted as (

    select
        verdicts.provider,
        verdicts.repository_id,
        verdicts.run_id,
        verdicts.execution_id,
        any_value(touched_runs.load_number) as load_number,
        any_value(verdicts.job_id) as job_id,
        any_value(verdicts.test_config_id) as test_config_id,
        min(verdicts.executed_at) as executed_at,
        count(*) as test_count,
        count(*) filter (where verdicts.outcome <> 'passed') as bad_test_count
    from verdicts
    inner join touched_runs using (provider, repository_id, run_id)
    where verdicts.outcome <> 'skipped'
    group by all

),

-- What breaks a machine, or everything at once, says nothing of a single test.
executions as (

    select
        tests_counted.*,
        tests_counted.bad_test_count > greatest(
            {{ flake_parameter('mass_failure_count') }},
            {{ flake_parameter('mass_failure_ratio') }} * tests_counted.test_count
        )
        or coalesce(failures.failure_class in ('infra_service', 'timeout', 'oom', 'runner_lost'), false)
            as is_mass_failure
    from tests_counted
    left join failures using (provider, repository_id, job_id)

)

select * from executions
