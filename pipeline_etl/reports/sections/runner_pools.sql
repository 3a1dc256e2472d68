-- One row per set of runner labels, those with too few runners first, then by how many jobs asked for it.
with

ranked as (

    select
        repository_id,
        pool_name,
        pool_verdict,
        running_job_count_max,
        needed_runner_count,
        utilization_ratio,
        busy_queue_seconds_p95,
        busy_queue_seconds_mean,
        predicted_queue_seconds,
        hourly_job_count_p95,
        pool_job_count,
        runner_kind,
        machine_count,
        hour_count,
        busy_job_count,
        execution_seconds_mean,
        row_number() over (
            partition by repository_id
            order by pool_verdict <> 'too few runners', pool_job_count desc, pool_name
        ) as pool_rank,
        count(*) over (partition by repository_id) as matching_count
    from marts.rpt_runner_pools

)

select * exclude (pool_rank)
from ranked
where pool_rank <= 200
order by repository_id, pool_rank
