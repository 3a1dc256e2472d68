-- One row per workflow and job, stage or wait of the last 30 days; what-if savings first, then shares of the path.
with

ranked as (

    select
        repository_id,
        workflow_name,
        subject_kind,
        subject_name,
        attempt_count,
        is_enough_data,
        blame_ratio,
        criticality_ratio,
        wall_seconds_p50,
        whatif_wall_seconds_p50,
        saving_seconds_p50,
        saving_seconds_low,
        saving_seconds_high,
        drag_seconds_p50,
        dag_source,
        row_number() over (
            partition by repository_id
            order by
                list_position(['job', 'stage', 'wait'], subject_kind),
                saving_seconds_p50 desc nulls last,
                blame_ratio desc nulls last,
                workflow_name,
                subject_name
        ) as bottleneck_rank,
        count(*) over (partition by repository_id) as matching_count
    from marts.fct_stage_bottlenecks
    where period_kind = 'last_30_days'

)

select * exclude (bottleneck_rank)
from ranked
where bottleneck_rank <= 200
order by repository_id, bottleneck_rank
