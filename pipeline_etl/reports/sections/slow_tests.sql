-- One row per test with a known duration, slowest first, in the configuration in which it takes longest.
with

tests as (

    select
        repository_id,
        job_config_id,
        test_id,
        concat_ws('::', nullif(class_name, ''), test_name) as full_test_name,
        file_path,
        passing_execution_count,
        test_seconds_p50,
        count(*) over (partition by repository_id, test_id) as config_count
    from marts.rpt_test_durations

),

slowest as (

    select *
    from tests
    where test_seconds_p50 is not null
    qualify
        row_number() over (
            partition by repository_id, test_id order by test_seconds_p50 desc, job_config_id
        ) = 1

),

ranked as (

    select
        *,
        row_number() over (
            partition by repository_id order by test_seconds_p50 desc, full_test_name, test_id
        ) as slow_rank,
        count(*) over (partition by repository_id) as matching_count
    from slowest

)

select
    repository_id,
    full_test_name,
    file_path,
    test_seconds_p50,
    passing_execution_count,
    config_count,
    test_id,
    matching_count
from ranked
where slow_rank <= 100
order by repository_id, slow_rank
