-- One row per workflow with finished runs in its last 30 days, slowest first.
with

last_30_days as (

    select *
    from (
        select
            provider,
            repository_id,
            workflow_id,
            workflow_name,
            run_count,
            measured_run_count,
            wall_seconds_p50,
            wall_seconds_p95,
            lead_seconds_p50,
            compute_seconds_p50,
            first_attempt_success_ratio,
            rerun_ratio,
            path_execution_ratio,
            path_queue_ratio,
            path_scheduling_ratio,
            slowest_wall_seconds,
            slowest_run_url
        from marts.rpt_pipeline_durations
        where period_kind = 'last_30_days' and run_count > 0
    )

),

previous_30_days as (

    select
        provider,
        repository_id,
        workflow_id,
        wall_seconds_p50 as previous_wall_seconds_p50,
        run_count as previous_run_count
    from marts.rpt_pipeline_durations
    where period_kind = 'previous_30_days'

)

select
    last_30_days.repository_id,
    last_30_days.workflow_name,
    last_30_days.run_count,
    last_30_days.measured_run_count,
    last_30_days.wall_seconds_p50,
    previous_30_days.previous_wall_seconds_p50,
    last_30_days.wall_seconds_p95,
    last_30_days.lead_seconds_p50,
    last_30_days.compute_seconds_p50,
    last_30_days.first_attempt_success_ratio,
    last_30_days.rerun_ratio,
    last_30_days.path_execution_ratio,
    last_30_days.path_queue_ratio,
    last_30_days.path_scheduling_ratio,
    last_30_days.slowest_wall_seconds,
    last_30_days.slowest_run_url,
    previous_30_days.previous_run_count,
    count(*) over (partition by last_30_days.repository_id) as matching_count
from last_30_days
left join previous_30_days using (provider, repository_id, workflow_id)
order by
    last_30_days.repository_id,
    last_30_days.wall_seconds_p50 desc nulls last,
    last_30_days.workflow_name,
    last_30_days.workflow_id
