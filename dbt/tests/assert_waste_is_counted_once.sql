-- No job loses more than it is billed for, and every second lost is in one row of each report: by week, in all history,
-- and in the ranking. A cost is rounded to a millionth of a dollar per job and cause, so that sums of it are exact.
with

jobs_that_lose_more_than_is_billed as (

    select
        provider,
        repository_id,
        job_id as subject_id
    from {{ ref('fct_job_waste') }}
    where wasted_seconds > billed_seconds or wasted_seconds < 0

),

by_job as (

    select
        provider,
        repository_id,
        sum(wasted_seconds) as wasted_seconds,
        sum(billed_seconds) as billed_seconds
    from {{ ref('fct_job_waste') }}
    group by all

),

by_cause as (

    select
        provider,
        repository_id,
        sum(wasted_seconds) filter (where period_kind = 'week') as week_wasted_seconds,
        sum(wasted_list_cost_usd) filter (where period_kind = 'week') as week_wasted_usd,
        sum(wasted_seconds) filter (where period_kind = 'all_history') as wasted_seconds,
        sum(wasted_list_cost_usd) filter (where period_kind = 'all_history') as wasted_usd
    from {{ ref('rpt_waste') }}
    group by all

),

by_rank as (

    select
        provider,
        repository_id,
        sum(wasted_seconds) as wasted_seconds,
        sum(wasted_list_cost_usd) as wasted_usd
    from {{ ref('rpt_waste_ranking') }}
    where period_kind = 'all_history'
    group by all

),

costs as (

    select
        provider,
        repository_id,
        sum(60 * billed_minute_count) as billed_seconds,
        sum(list_cost_usd) as list_cost_usd
    from {{ ref('rpt_costs') }}
    where period_kind = 'all_history'
    group by all

),

repositories_that_do_not_add_up as (

    select
        by_job.provider,
        by_job.repository_id,
        by_job.repository_id as subject_id
    from by_job
    left join by_cause using (provider, repository_id)
    left join by_rank using (provider, repository_id)
    left join costs using (provider, repository_id)
    where
        by_job.billed_seconds is distinct from costs.billed_seconds
        or abs(by_job.wasted_seconds - coalesce(by_cause.wasted_seconds, 0)) > 0.001
        or abs(by_job.wasted_seconds - coalesce(by_cause.week_wasted_seconds, 0)) > 0.001
        or abs(by_job.wasted_seconds - coalesce(by_rank.wasted_seconds, 0)) > 0.001
        or by_cause.wasted_usd is distinct from by_cause.week_wasted_usd
        or coalesce(by_cause.wasted_usd, 0) <> coalesce(by_rank.wasted_usd, 0)
        or by_cause.wasted_usd > costs.list_cost_usd

)

select * from jobs_that_lose_more_than_is_billed
union all
select * from repositories_that_do_not_add_up
