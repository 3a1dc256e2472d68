-- One row per workflow and job, stage or wait of the last 30 days: the first few of each kind, then the others.
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
            partition by repository_id, subject_kind
            order by saving_seconds_p50 desc nulls last, blame_ratio desc nulls last, workflow_name, subject_name
        ) as kind_rank,
        count(*) over (partition by repository_id) as matching_count
    from marts.fct_stage_bottlenecks
    where period_kind = 'last_30_days'

)

select * exclude (kind_rank)
from ranked
where kind_rank <= 100
order by
    repository_id,
    kind_rank > case subject_kind when 'job' then 6 when 'stage' then 5 else 3 end,
    list_position(['job', 'stage', 'wait'], subject_kind),
    kind_rank,
    subject_kind
