with

executions_counted as (

    select *
    from {{ ref('int_test_executions_counted') }}
    where job_id is not null

),

executed_jobs as (

    select *
    from {{ ref('int_jobs_in_context') }}
    where is_executed

),

declarations as (

    select * from {{ ref('int_jobs_matched_to_declarations') }}

),

costs as (

    select * from {{ ref('fct_job_costs') }}

),

jobs_with_tests as (

    select
        executed_jobs.provider,
        executed_jobs.repository_id,
        executed_jobs.repository_name,
        executed_jobs.job_config_id,
        executed_jobs.run_id,
        executed_jobs.run_attempt,
        executed_jobs.job_id,
        executed_jobs.workflow_path,
        executed_jobs.workflow_name,
        executed_jobs.job_name,
        executed_jobs.started_at,
        executed_jobs.execution_seconds,
        declarations.workflow_job_key,
        costs.minute_price_usd,
        array_to_string({{ runner_pool('costs.runner_labels') }}, ', ') as pool_name,
        executions_counted.job_test_seconds,
        count(*) over (
            partition by
                executed_jobs.provider,
                executed_jobs.repository_id,
                executed_jobs.job_config_id,
                executed_jobs.run_id,
                executed_jobs.run_attempt
        ) as shard_count
    from executions_counted
    inner join executed_jobs using (provider, repository_id, job_id)
    left join declarations using (provider, repository_id, job_id)
    left join costs using (provider, repository_id, job_id)

),

last_jobs as (

    select *
    from jobs_with_tests
    qualify
        row_number() over (
            partition by provider, repository_id, job_config_id
            order by started_at desc, job_id desc
        ) <= 20

),

suites as (

    select
        provider,
        repository_id,
        any_value(repository_name) as repository_name,
        job_config_id,
        max_by(workflow_path, (started_at, job_id)) as workflow_path,
        max_by(workflow_name, (started_at, job_id)) as workflow_name,
        max_by(job_name, (started_at, job_id)) as job_name,
        max_by(workflow_job_key, (started_at, job_id)) as workflow_job_key,
        max_by(shard_count, (started_at, job_id)) as shard_count,
        max_by(minute_price_usd, (started_at, job_id)) as minute_price_usd,
        max_by(pool_name, (started_at, job_id)) as pool_name,
        count(*) as measured_job_count,
        {{ p50('execution_seconds') }} as execution_seconds_p50,
        {{ p50('job_test_seconds') }} as job_test_seconds_p50,
        {{ p5('job_test_seconds') }} as job_test_seconds_p5,
        {{ p95('job_test_seconds') }} as job_test_seconds_p95,
        round({{ p50('execution_seconds - job_test_seconds') }}, 6) as outside_tests_seconds
    from last_jobs
    group by provider, repository_id, job_config_id

),

-- Tests that add up to more than their job took ran side by side in it: what is outside of them is not known.
final as (

    select
        * exclude (outside_tests_seconds),
        outside_tests_seconds < 0 as is_parallel_inside,
        case when outside_tests_seconds >= 0 then outside_tests_seconds end as overhead_seconds
    from suites

)

select * from final
