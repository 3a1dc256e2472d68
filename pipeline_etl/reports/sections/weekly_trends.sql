-- One row per workflow and week of the last 26, for the three busiest workflows of a repository, newest week first.
with

weeks as (

    select
        repository_id,
        workflow_id,
        workflow_name,
        iso_week_start_date,
        iso_week,
        is_week_complete,
        run_count,
        wall_seconds_p50,
        wall_seconds_p50_low,
        wall_seconds_p50_high,
        wall_seconds_p95,
        wall_change_ratio,
        is_wall_change_shown,
        success_ratio,
        success_ratio_low,
        success_ratio_high,
        decided_run_count,
        queued_seconds_p50,
        queued_seconds_p95,
        rerun_ratio,
        bad_execution_ratio,
        flaky_test_count,
        cache_exact_ratio,
        cache_lookup_count
    from marts.rpt_weekly_trends
    where branch_class = 'all'

),

busiest as (

    select
        repository_id,
        workflow_id,
        row_number() over (
            partition by repository_id order by sum(run_count) desc, workflow_id
        ) as workflow_rank
    from weeks
    group by repository_id, workflow_id

),

ranked as (

    select
        weeks.*,
        busiest.workflow_rank,
        row_number() over (
            partition by weeks.repository_id, weeks.workflow_id order by weeks.iso_week_start_date desc
        ) as week_rank,
        count(*) over (partition by weeks.repository_id) as matching_count
    from weeks
    inner join busiest using (repository_id, workflow_id)

)

select * exclude (workflow_id, workflow_rank, week_rank)
from ranked
where workflow_rank <= 3 and week_rank <= 26
order by repository_id, workflow_rank, iso_week_start_date desc
