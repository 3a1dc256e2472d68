-- One row per workflow and package manager: the last 30 days where it ran in them, else all history.
with

shown as (

    select
        repository_id,
        workflow_id,
        workflow_name,
        period_kind,
        part_name as install_tool,
        run_count,
        part_job_count,
        timed_part_count,
        part_seconds_p50,
        part_seconds_p95,
        part_seconds_total,
        part_run_seconds_mean,
        package_count,
        downloaded_count,
        cached_count,
        cached_ratio,
        max(period_kind) over (partition by repository_id, workflow_id) as shown_period_kind
    from marts.rpt_build_times
    where part_kind = 'tool' and period_kind in ('last_30_days', 'all_history')

)

select
    * exclude (workflow_id, shown_period_kind),
    count(*) over (partition by repository_id) as matching_count
from shown
where period_kind = shown_period_kind
order by repository_id, part_seconds_total desc nulls last, workflow_id, install_tool
