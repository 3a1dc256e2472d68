-- One row per cache slot: the last 30 days, with all of its history beside them.
with

all_history as (

    select
        provider,
        repository_id,
        cache_slot_id,
        workflow_name,
        job_name,
        step_name,
        cache_tool,
        key_template,
        lookup_count,
        exact_count,
        partial_count,
        miss_count,
        scope_miss_count,
        scope_judged_miss_count,
        error_count,
        exact_ratio,
        any_ratio,
        saved_count,
        saving_seconds,
        saving_seconds_low,
        saving_seconds_high,
        net_benefit_seconds,
        cache_bytes_p50,
        is_never_hit,
        verdict
    from marts.fct_cache_effectiveness
    where period_kind = 'all_history'

),

last_30_days as (

    select
        provider,
        repository_id,
        cache_slot_id,
        lookup_count as recent_lookup_count,
        exact_ratio as recent_exact_ratio,
        any_ratio as recent_any_ratio
    from marts.fct_cache_effectiveness
    where period_kind = 'last_30_days'

),

ranked as (

    select
        all_history.repository_id,
        all_history.workflow_name,
        all_history.job_name,
        all_history.step_name,
        all_history.key_template,
        all_history.cache_tool,
        all_history.lookup_count,
        all_history.exact_count,
        all_history.partial_count,
        all_history.miss_count,
        all_history.scope_miss_count,
        all_history.scope_judged_miss_count,
        all_history.error_count,
        all_history.exact_ratio,
        all_history.any_ratio,
        last_30_days.recent_lookup_count,
        last_30_days.recent_exact_ratio,
        last_30_days.recent_any_ratio,
        all_history.saving_seconds,
        all_history.saving_seconds_low,
        all_history.saving_seconds_high,
        all_history.net_benefit_seconds,
        all_history.saved_count,
        all_history.cache_bytes_p50,
        all_history.is_never_hit,
        all_history.verdict,
        row_number() over (
            partition by all_history.repository_id
            order by all_history.lookup_count desc, all_history.job_name, all_history.cache_slot_id
        ) as slot_rank,
        count(*) over (partition by all_history.repository_id) as matching_count
    from all_history
    left join last_30_days using (provider, repository_id, cache_slot_id)

)

select * exclude (slot_rank)
from ranked
where slot_rank <= 200
order by repository_id, slot_rank
