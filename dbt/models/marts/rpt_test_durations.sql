with

-- Read three times rather than kept: of a year it is gigabytes.
verdicts as not materialized (

    select *
    from {{ ref('int_test_tries_collapsed') }}
    where job_id is not null

),

repositories as (

    select * from {{ ref('stg_repositories') }}

),

runs_of_configs as (

    select
        provider,
        repository_id,
        job_config_id,
        run_id,
        max(executed_at) as run_executed_at
    from verdicts
    group by all

),

-- A test that none of them ran was deleted or renamed.
last_runs as (

    select *
    from runs_of_configs
    qualify
        row_number() over (
            partition by provider, repository_id, job_config_id
            order by run_executed_at desc, run_id desc
        ) <= 10

),

verdicts_of_last_runs as (

    select verdicts.*
    from verdicts
    inner join last_runs using (provider, repository_id, job_config_id, run_id)

),

current_tests as (

    select
        provider,
        repository_id,
        job_config_id,
        test_id,
        max_by(suite_name, (executed_at, job_id)) as suite_name,
        max_by(class_name, (executed_at, job_id)) as class_name,
        max_by(test_name, (executed_at, job_id)) as test_name,
        max_by(file_path, (executed_at, job_id)) as file_path
    from verdicts_of_last_runs
    group by all

),

-- The latest twenty are found without sorting all that ever passed.
last_passes as (

    select
        provider,
        repository_id,
        job_config_id,
        test_id,
        max_by(test_seconds, (executed_at, job_id), 20) as last_test_seconds
    from verdicts
    where outcome = 'passed' and test_seconds is not null
    group by all

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
    from last_passes

),

tests as (

    select
        current_tests.provider,
        current_tests.repository_id,
        repositories.repository_name,
        current_tests.job_config_id,
        current_tests.test_id,
        current_tests.suite_name,
        current_tests.class_name,
        current_tests.test_name,
        current_tests.file_path,
        coalesce(medians.passing_execution_count, 0) as passing_execution_count,
        medians.test_seconds_p50
    from current_tests
    inner join repositories using (provider, repository_id)
    left join medians using (provider, repository_id, job_config_id, test_id)

),

with_expectation as (

    select
        *,
        coalesce(
            test_seconds_p50,
            quantile_cont(test_seconds_p50, 0.5) over (partition by provider, repository_id, job_config_id)
        ) as expected_seconds
    from tests

)

select * from with_expectation
