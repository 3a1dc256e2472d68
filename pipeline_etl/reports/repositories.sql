-- One row per repository: who it is, how far it is known, and how much there is to say anything with.
with

run_counts as (

    select
        provider,
        repository_id,
        count(distinct run_id) as run_count,
        count(*) as attempt_count
    from marts.fct_run_attempts
    group by provider, repository_id

),

recent_run_counts as (

    select
        attempts.provider,
        attempts.repository_id,
        count(*) filter (attempts.created_at > repositories.as_of_at - interval 30 days) as recent_run_count
    from marts.fct_run_attempts as attempts
    inner join marts.dim_repositories as repositories using (provider, repository_id)
    where attempts.is_headline
    group by attempts.provider, attempts.repository_id

),

job_counts as (

    select
        provider,
        repository_id,
        count(*) as job_count,
        count(*) filter (is_executed) as executed_job_count,
        count(*) filter (is_executed and has_log) as log_count
    from marts.fct_jobs
    group by provider, repository_id

),

test_execution_counts as (

    select
        provider,
        repository_id,
        count(*) as test_execution_count
    from marts.fct_test_executions
    group by provider, repository_id

),

test_counts as (

    select
        provider,
        repository_id,
        count(*) as test_count,
        count(*) filter (flakiness_class = 'insufficient_data') as unjudged_test_count
    from marts.fct_test_flakiness
    where is_current
    group by provider, repository_id

),

lookup_counts as (

    select
        provider,
        repository_id,
        sum(lookup_count)::bigint as cache_lookup_count
    from marts.fct_cache_effectiveness
    where period_kind = 'all_history'
    group by provider, repository_id

)

select
    repositories.repository_id,
    repositories.repository_name,
    repositories.repository_url,
    repositories.is_recorded_archive,
    repositories.archive_note,
    repositories.as_of_at,
    repositories.first_run_at,
    repositories.last_run_at,
    coalesce(run_counts.run_count, 0) as run_count,
    coalesce(run_counts.attempt_count, 0) as attempt_count,
    coalesce(job_counts.job_count, 0) as job_count,
    coalesce(job_counts.executed_job_count, 0) as executed_job_count,
    coalesce(recent_run_counts.recent_run_count, 0) as recent_run_count,
    coalesce(job_counts.log_count, 0) as log_count,
    coalesce(test_execution_counts.test_execution_count, 0) as test_execution_count,
    coalesce(test_counts.test_count, 0) as test_count,
    coalesce(test_counts.unjudged_test_count, 0) as unjudged_test_count,
    coalesce(lookup_counts.cache_lookup_count, 0) as cache_lookup_count
from marts.dim_repositories as repositories
left join run_counts using (provider, repository_id)
left join recent_run_counts using (provider, repository_id)
left join job_counts using (provider, repository_id)
left join test_execution_counts using (provider, repository_id)
left join test_counts using (provider, repository_id)
left join lookup_counts using (provider, repository_id)
order by repositories.repository_name, repositories.repository_id
