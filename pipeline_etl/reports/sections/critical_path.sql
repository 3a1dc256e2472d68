-- One row per workflow and job on the critical path of the last 30 days: its share of the minutes of an average run.
with

recent_runs as (

    select
        attempts.provider,
        attempts.repository_id,
        attempts.run_id,
        attempts.run_attempt,
        attempts.workflow_name,
        attempts.wall_seconds
    from marts.fct_run_attempts as attempts
    inner join marts.dim_repositories as repositories using (provider, repository_id)
    where
        attempts.is_headline
        and attempts.created_at > repositories.as_of_at - interval 30 days
        and attempts.created_at <= repositories.as_of_at

),

workflow_runs as (

    select
        provider,
        repository_id,
        workflow_name,
        count(*) as run_count,
        avg(wall_seconds) as wall_seconds_mean
    from recent_runs
    group by provider, repository_id, workflow_name

),

path_jobs as (

    select
        recent_runs.provider,
        recent_runs.repository_id,
        recent_runs.workflow_name,
        paths.job_name,
        count(distinct recent_runs.run_id) as on_path_run_count,
        sum(paths.execution_seconds) as execution_seconds_total,
        sum(paths.runner_queue_seconds) as queued_seconds_total,
        sum(paths.scheduling_seconds) as scheduling_seconds_total,
        max(paths.dag_source) as dag_source
    from marts.fct_critical_paths as paths
    inner join recent_runs using (provider, repository_id, run_id, run_attempt)
    group by recent_runs.provider, recent_runs.repository_id, recent_runs.workflow_name, paths.job_name

),

averaged as (

    select
        path_jobs.repository_id,
        path_jobs.workflow_name,
        path_jobs.job_name,
        path_jobs.on_path_run_count,
        workflow_runs.run_count,
        path_jobs.execution_seconds_total / workflow_runs.run_count as execution_seconds_mean,
        path_jobs.queued_seconds_total / workflow_runs.run_count as queued_seconds_mean,
        path_jobs.scheduling_seconds_total / workflow_runs.run_count as scheduling_seconds_mean,
        workflow_runs.wall_seconds_mean,
        path_jobs.dag_source
    from path_jobs
    inner join workflow_runs using (provider, repository_id, workflow_name)

),

shared as (

    select
        *,
        (execution_seconds_mean + coalesce(queued_seconds_mean, 0) + coalesce(scheduling_seconds_mean, 0))
        / nullif(wall_seconds_mean, 0) as wall_ratio
    from averaged

),

ranked as (

    select
        *,
        row_number() over (
            partition by repository_id order by wall_ratio desc nulls last, workflow_name, job_name
        ) as path_rank,
        count(*) over (partition by repository_id) as matching_count
    from shared

)

select
    repository_id,
    workflow_name,
    job_name,
    wall_ratio,
    execution_seconds_mean,
    queued_seconds_mean,
    scheduling_seconds_mean,
    on_path_run_count,
    run_count,
    wall_seconds_mean,
    dag_source,
    matching_count
from ranked
where path_rank <= 100
order by repository_id, path_rank
