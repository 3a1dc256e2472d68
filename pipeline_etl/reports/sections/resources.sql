-- One row per job configuration of a repository with telemetry, in the last 30 days where it ran in them, else in all
-- history.
with

used as (

    select
        repository_id,
        workflow_name,
        job_name,
        period_kind,
        billed_job_count,
        watched_job_count,
        covered_ratio_mean,
        cpu_count,
        job_cpu_ratio_p50,
        job_cpu_ratio_p95,
        cpu_busy_seconds_mean,
        memory_total_bytes,
        job_memory_bytes_p50,
        memory_bytes_max,
        memory_ratio_max,
        near_memory_limit_job_count,
        disk_used_bytes_max,
        disk_used_ratio_max,
        network_received_bytes_mean,
        network_sent_bytes_mean,
        job_config_id
    from marts.rpt_resource_use
    where period_kind in ('last_30_days', 'all_history')
    qualify
        row_number() over (
            partition by repository_id, workflow_id, job_config_id
            order by period_kind = 'all_history'
        ) = 1

)

select
    * exclude (job_config_id),
    count(*) over (partition by repository_id) as matching_count
from used
qualify max(watched_job_count) over (partition by repository_id) > 0
order by
    repository_id,
    watched_job_count = 0,
    memory_ratio_max desc nulls last,
    billed_job_count desc,
    job_name,
    job_config_id
