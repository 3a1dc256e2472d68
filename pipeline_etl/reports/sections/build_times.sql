-- One row per workflow and stage: the last 30 days where it ran in them, else all history.
with

shown as (

    select
        repository_id,
        workflow_id,
        workflow_name,
        period_kind,
        part_name as stage_name,
        run_count,
        part_job_count,
        part_seconds_p50,
        part_seconds_p95,
        part_seconds_total,
        part_run_seconds_mean,
        part_ratio,
        max(period_kind) over (partition by repository_id, workflow_id) as shown_period_kind
    from marts.rpt_build_times
    where part_kind = 'stage' and period_kind in ('last_30_days', 'all_history')

),

ranked as (

    select
        *,
        sum(part_seconds_total) over (partition by repository_id, workflow_id) as workflow_seconds,
        count(*) over (partition by repository_id) as matching_count
    from shown
    where period_kind = shown_period_kind

)

select * exclude (workflow_id, shown_period_kind, workflow_seconds)
from ranked
order by repository_id, workflow_seconds desc, workflow_id, part_seconds_total desc, stage_name
