-- One row per job family and cause of waste, in the last 30 days where anything was lost in them, else in all history.
with

lost as (

    select
        repository_id,
        period_kind,
        fix_rank,
        waste_cause,
        workflow_name,
        job_family_name,
        billed_job_count,
        wasted_job_count,
        wasted_seconds,
        wasted_share_ratio,
        wasted_list_cost_usd,
        wasted_billable_cost_usd,
        max(period_kind) over (partition by repository_id) as shown_period_kind
    from marts.rpt_waste_ranking
    where period_kind in ('last_30_days', 'all_history')

)

select
    * exclude (shown_period_kind),
    count(*) over (partition by repository_id) as matching_count
from lost
where period_kind = shown_period_kind
qualify fix_rank <= 200
order by repository_id, fix_rank
