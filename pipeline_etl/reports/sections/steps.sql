-- One row per step of a job that ran in the last 30 days, the one that took most time in all first; at most 100.
with

last_30_days as (

    select
        provider,
        repository_id,
        workflow_id,
        workflow_name,
        job_name,
        step_name,
        stage_name,
        measured_step_count,
        step_seconds_p50,
        step_seconds_p95,
        step_seconds_total,
        slowest_step_seconds,
        slowest_job_url
    from marts.rpt_step_durations
    where period_kind = 'last_30_days'

),

previous_30_days as (

    select
        provider,
        repository_id,
        workflow_id,
        job_name,
        step_name,
        step_seconds_p50 as previous_step_seconds_p50
    from marts.rpt_step_durations
    where period_kind = 'previous_30_days'

),

ranked as (

    select
        last_30_days.*,
        previous_30_days.previous_step_seconds_p50,
        count(*) over (partition by last_30_days.repository_id) as matching_count,
        row_number() over (
            partition by last_30_days.repository_id
            order by
                last_30_days.step_seconds_total desc nulls last,
                last_30_days.workflow_id,
                last_30_days.job_name,
                last_30_days.step_name
        ) as position
    from last_30_days
    left join previous_30_days using (provider, repository_id, workflow_id, job_name, step_name)

)

select
    repository_id,
    workflow_name,
    job_name,
    step_name,
    stage_name,
    measured_step_count,
    step_seconds_p50,
    previous_step_seconds_p50,
    step_seconds_p95,
    step_seconds_total,
    slowest_step_seconds,
    slowest_job_url,
    matching_count
from ranked
where position <= 100
order by repository_id, position
