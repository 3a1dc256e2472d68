with

verdicts as (

    select * from {{ ref('int_test_tries_collapsed') }}

),

failures as (

    select * from {{ ref('int_failures_classified') }}

),

tests_counted as (

    select
        provider,
        repository_id,
        run_id,
        execution_id,
        any_value(job_id) as job_id,
        any_value(test_config_id) as test_config_id,
        min(executed_at) as executed_at,
        count(*) as test_count,
        count(*) filter (where outcome <> 'passed') as bad_test_count
    from verdicts
    where outcome <> 'skipped'
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
