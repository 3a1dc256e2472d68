-- One row per suite and week with results, newest first.
with

weeks as (

    select
        repository_id,
        workflow_id,
        iso_week_start_date,
        concat_ws(' / ', workflow_name, job_family_name) as suite_label,
        report_job_count,
        weekly_execution_count,
        weekly_failed_count,
        failed_ratio,
        weekly_retried_count,
        weekly_skipped_count,
        skipped_ratio,
        suite_seconds_p50,
        suite_wall_seconds_p50,
        suite_seconds_total,
        is_week_complete
    from marts.rpt_weekly_tests

),

ranked as (

    select
        *,
        row_number() over (
            partition by repository_id
            order by iso_week_start_date desc, weekly_execution_count desc, suite_label, workflow_id
        ) as week_rank,
        count(*) over (partition by repository_id) as matching_count
    from weeks

)

select * exclude (workflow_id, week_rank)
from ranked
where week_rank <= 200
order by repository_id, week_rank
