-- For how many of the executed jobs each kind of thing is known, all history.
with

executed_jobs as (

    select
        provider,
        repository_id,
        job_id,
        has_log
    from marts.fct_jobs
    where is_executed

),

jobs_with_steps as (

    select distinct provider, repository_id, job_id
    from marts.fct_steps

),

jobs_with_cache_lookups as (

    select distinct provider, repository_id, job_id
    from marts.fct_cache_operations

),

jobs_with_tests as (

    select distinct provider, repository_id, job_id
    from marts.fct_test_executions

),

jobs_with_coverage as (

    select distinct provider, repository_id, job_id
    from marts.fct_coverage

),

jobs_with_telemetry as (

    select distinct provider, repository_id, job_id
    from marts.fct_job_resources

),

counted as (

    select
        executed_jobs.provider,
        executed_jobs.repository_id,
        count(*) as executed_job_count,
        count(jobs_with_steps.job_id) as steps,
        count(*) filter (executed_jobs.has_log) as logs,
        count(jobs_with_cache_lookups.job_id) as caches,
        count(jobs_with_tests.job_id) as tests,
        count(jobs_with_coverage.job_id) as coverage,
        count(jobs_with_telemetry.job_id) as telemetry
    from executed_jobs
    left join jobs_with_steps using (provider, repository_id, job_id)
    left join jobs_with_cache_lookups using (provider, repository_id, job_id)
    left join jobs_with_tests using (provider, repository_id, job_id)
    left join jobs_with_coverage using (provider, repository_id, job_id)
    left join jobs_with_telemetry using (provider, repository_id, job_id)
    group by executed_jobs.provider, executed_jobs.repository_id

),

kinds as (

    select
        counted.provider,
        counted.repository_id,
        counted.executed_job_count,
        unnest([
            {'position': 1, 'kind_name': 'Times of steps', 'job_count': counted.steps},
            {'position': 2, 'kind_name': 'Logs', 'job_count': counted.logs},
            {'position': 3, 'kind_name': 'Cache operations', 'job_count': counted.caches},
            {'position': 4, 'kind_name': 'Test results', 'job_count': counted.tests},
            {'position': 5, 'kind_name': 'Code coverage', 'job_count': counted.coverage},
            {'position': 6, 'kind_name': 'Resource telemetry', 'job_count': counted.telemetry}
        ]) as kind
    from counted

)

select
    repository_id,
    kind.kind_name as kind_name,
    kind.job_count as job_count,
    executed_job_count,
    kind.job_count / nullif(executed_job_count, 0) as covered_ratio,
    count(*) over (partition by repository_id) as matching_count
from kinds
order by repository_id, kind.position
