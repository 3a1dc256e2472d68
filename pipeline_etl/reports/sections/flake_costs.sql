-- One row for the suite as it is now, then one per flaky test and week in which it cost something, the latest first.
with

expected as (

    select
        repository_id,
        cast(sum(expected_cost_usd) as double) as expected_cost_usd
    from marts.rpt_quarantine
    group by all

),

suites as (

    select
        burdens.repository_id,
        'suite' as subject_kind,
        'all tests' as full_test_name,
        cast(null as varchar) as test_id,
        cast(null as date) as iso_week_start_date,
        cast(null as bigint) as rerun_count,
        cast(null as double) as wasted_rerun_seconds,
        cast(null as double) as retry_seconds,
        cast(null as double) as blocked_rerun_seconds,
        cast(null as double) as list_cost_usd,
        cast(null as double) as blocked_people_usd,
        expected.expected_cost_usd,
        burdens.green_ratio,
        burdens.flaky_now_count,
        burdens.judged_test_count
    from marts.rpt_flake_burden as burdens
    left join expected using (repository_id)
    where burdens.is_current and burdens.green_ratio is not null

),

tests as (

    select
        costs.repository_id,
        'test' as subject_kind,
        concat_ws('::', nullif(costs.class_name, ''), costs.test_name) as full_test_name,
        costs.test_id,
        costs.iso_week_start_date,
        costs.rerun_count,
        costs.wasted_rerun_seconds,
        costs.retry_seconds,
        costs.blocked_rerun_seconds,
        cast(costs.list_cost_usd as double) as list_cost_usd,
        cast(costs.blocked_people_usd as double) as blocked_people_usd,
        cast(proposals.expected_cost_usd as double) as expected_cost_usd,
        cast(null as double) as green_ratio,
        cast(null as bigint) as flaky_now_count,
        cast(null as bigint) as judged_test_count
    from marts.rpt_flaky_test_costs as costs
    left join marts.rpt_quarantine as proposals using (repository_id, test_id)

),

subjects as (

    select * from suites
    union all
    select * from tests

),

ranked as (

    select
        *,
        row_number() over (
            partition by repository_id
            order by
                subject_kind,
                iso_week_start_date desc,
                blocked_people_usd desc nulls last,
                retry_seconds desc nulls last,
                test_id
        ) as subject_rank,
        count(*) over (partition by repository_id) as matching_count
    from subjects

)

select
    repository_id,
    subject_kind,
    full_test_name,
    iso_week_start_date,
    rerun_count,
    wasted_rerun_seconds,
    retry_seconds,
    blocked_rerun_seconds,
    list_cost_usd,
    blocked_people_usd,
    expected_cost_usd,
    green_ratio,
    flaky_now_count,
    judged_test_count,
    test_id,
    matching_count
from ranked
where subject_rank <= 400
order by repository_id, subject_rank
