{{
    config(
        materialized='incremental',
        incremental_strategy='whole_runs',
        on_schema_change='fail'
    )
}}

with

-- What ran nothing has no verdict to distrust.
executions_counted as (

    select *
    from {{ ref('int_test_executions_counted') }}
    where test_count > 0

),

touched_runs as (

    {{ touched_runs() }}

),

failures as (

    select * from {{ ref('int_failures_classified') }}

),

-- What breaks a machine, or everything at once, says nothing of a single test.
executions as (

    select
        executions_counted.provider,
        executions_counted.repository_id,
        executions_counted.run_id,
        executions_counted.execution_id,
        executions_counted.job_id,
        executions_counted.test_config_id,
        executions_counted.executed_at,
        executions_counted.test_count,
        executions_counted.failed_test_count + executions_counted.retried_test_count as bad_test_count,
        touched_runs.load_number,
        executions_counted.failed_test_count + executions_counted.retried_test_count > greatest(
            {{ flake_parameter('mass_failure_count') }},
            {{ flake_parameter('mass_failure_ratio') }} * executions_counted.test_count
        )
        or coalesce(failures.failure_class in ('infra_service', 'timeout', 'oom', 'runner_lost'), false)
            as is_mass_failure
    from executions_counted
    inner join touched_runs using (provider, repository_id, run_id)
    left join failures using (provider, repository_id, job_id)

)

select * from executions
