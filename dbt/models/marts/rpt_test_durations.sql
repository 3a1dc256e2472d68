with

executions as (

    select *
    from {{ ref('int_test_executions_counted') }}
    where job_id is not null

),

verdicts as (

    select *
    from {{ ref('int_test_tries_collapsed') }}
    where job_id is not null

),

test_names as (

    select * from {{ ref('dim_tests') }}

),

runs_of_configs as (

    select
        provider,
        repository_id,
        job_config_id,
        run_id,
        row_number() over (
            partition by provider, repository_id, job_config_id
            order by max(executed_at) desc, run_id desc
        ) as run_rank
    from executions
    group by provider, repository_id, job_config_id, run_id

),

-- What a test took a hundred runs ago says little of what it takes now.
last_verdicts as (

    select
        verdicts.provider,
        verdicts.repository_id,
        verdicts.job_config_id,
        verdicts.test_id,
        verdicts.job_id,
        verdicts.executed_at,
        verdicts.outcome,
        verdicts.test_seconds,
        runs_of_configs.run_rank
    from verdicts
    inner join runs_of_configs using (provider, repository_id, job_config_id, run_id)
    where runs_of_configs.run_rank <= 100

),

-- A test that none of the last ten runs ran was deleted or renamed.
tests as (

    select
        provider,
        repository_id,
        job_config_id,
        test_id,
        coalesce(
            max_by(test_seconds, (executed_at, job_id), 20) filter (
                where outcome = 'passed' and test_seconds is not null
            ),
            []
        ) as last_test_seconds
    from last_verdicts
    group by all
    having min(run_rank) <= 10

),

medians as (

    select
        provider,
        repository_id,
        job_config_id,
        test_id,
        cast(len(last_test_seconds) as bigint) as passing_execution_count,
        case when len(last_test_seconds) >= 3 then list_aggregate(last_test_seconds, 'quantile_cont', 0.5) end
            as test_seconds_p50
    from tests

),

with_names as (

    select
        medians.provider,
        medians.repository_id,
        test_names.repository_name,
        medians.job_config_id,
        medians.test_id,
        test_names.suite_name,
        test_names.class_name,
        test_names.test_name,
        test_names.file_path,
        medians.passing_execution_count,
        medians.test_seconds_p50
    from medians
    inner join test_names using (provider, repository_id, test_id)

),

with_expectation as (

    select
        *,
        coalesce(
            test_seconds_p50,
            quantile_cont(test_seconds_p50, 0.5) over (partition by provider, repository_id, job_config_id)
        ) as expected_seconds
    from with_names

)

select * from with_expectation
