-- One row per kind of wait of the jobs that ran in the last 30 days.
with

recent_jobs as (

    select jobs.*
    from (
        select
            provider,
            repository_id,
            created_at,
            dependency_wait_seconds,
            approval_wait_seconds,
            concurrency_wait_seconds,
            scheduling_wait_seconds,
            runner_queue_seconds,
            setup_seconds,
            unexplained_wait_seconds
        from marts.fct_jobs
        where is_executed
    ) as jobs
    inner join marts.dim_repositories as repositories using (provider, repository_id)
    where
        jobs.created_at > repositories.as_of_at - interval 30 days
        and jobs.created_at <= repositories.as_of_at

),

waits as (

    select
        repository_id,
        unnest([
            {'position': 1, 'wait_name': 'for other jobs', 'seconds': dependency_wait_seconds},
            {'position': 2, 'wait_name': 'for an approval', 'seconds': approval_wait_seconds},
            {'position': 3, 'wait_name': 'for a concurrency limit', 'seconds': concurrency_wait_seconds},
            {'position': 4, 'wait_name': 'to be scheduled', 'seconds': scheduling_wait_seconds},
            {'position': 5, 'wait_name': 'for a runner', 'seconds': runner_queue_seconds},
            {'position': 6, 'wait_name': 'for the runner to set up', 'seconds': setup_seconds},
            {'position': 7, 'wait_name': 'unexplained', 'seconds': unexplained_wait_seconds}
        ]) as wait
    from recent_jobs

)

select
    repository_id,
    wait.wait_name as wait_name,
    count(wait.seconds) as known_job_count,
    count(*) as job_count,
    count(*) filter (wait.seconds > 0) as waiting_job_count,
    case when count(wait.seconds) >= 5 then quantile_cont(wait.seconds, 0.5) end as wait_seconds_p50,
    case when count(wait.seconds) >= 20 then quantile_cont(wait.seconds, 0.95) end as wait_seconds_p95,
    max(wait.seconds) as wait_seconds_max,
    sum(wait.seconds) as wait_seconds_total,
    count(*) over (partition by repository_id) as matching_count
from waits
group by repository_id, wait.position, wait.wait_name
order by repository_id, wait.position
