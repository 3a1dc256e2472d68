-- One row per job configuration of the last 30 days, where any brought telemetry along: what another size of its machine
-- would do.
with

ranked as (

    select
        repository_id,
        workflow_name,
        job_name,
        sku_name,
        sizing_rule,
        advised_sku_name,
        predicted_duration_factor,
        predicted_saving_usd,
        container_memory_bytes,
        confidence,
        missing_text,
        has_enough_telemetry,
        billed_job_count,
        watched_job_count,
        job_cpu_ratio_p50,
        job_cpu_ratio_p95,
        memory_ratio_max,
        near_memory_limit_job_count,
        oom_job_count,
        disk_used_ratio_max,
        row_number() over (
            partition by repository_id
            order by
                case sizing_rule
                    when 'memory_up' then 1
                    when 'disk_full' then 2
                    when 'size_down' then 3
                    when 'size_up' then 4
                    when 'not_the_processor' then 5
                    when 'idle' then 6
                    when 'fits' then 7
                    when 'too_little_telemetry' then 8
                    else 9
                end,
                predicted_saving_usd desc nulls last,
                billed_minute_count desc nulls last,
                job_name,
                workflow_id,
                job_config_id
        ) as advice_rank,
        count(*) over (partition by repository_id) as matching_count
    from marts.rpt_right_sizing

)

select * exclude (advice_rank)
from ranked
qualify max(watched_job_count) over (partition by repository_id) > 0
order by repository_id, advice_rank
