-- One row per workflow and period: the last 30 days, all history, then week by week.
with

ranked as (

    select
        repository_id,
        workflow_name,
        period_kind,
        period_start_date,
        run_count,
        billed_job_count,
        billed_minute_count,
        list_cost_usd,
        billable_cost_usd,
        run_cost_usd,
        rounding_ratio,
        unpriced_job_count,
        self_hosted_job_count,
        row_number() over (
            partition by repository_id
            order by
                case period_kind when 'last_30_days' then 1 when 'all_history' then 2 else 3 end,
                case when period_kind = 'week' then period_start_date end desc,
                billed_minute_count desc nulls last,
                workflow_id
        ) as period_rank,
        count(*) over (partition by repository_id) as matching_count
    from marts.rpt_costs

)

select * exclude (period_rank)
from ranked
where period_rank <= 400
order by repository_id, period_rank
