with

operations as (

    select * from {{ ref('int_cache_operations_repeated_by_period') }}

),

savings as (

    select * from {{ ref('int_cache_savings_estimated_by_slot') }}

),

savings_of_exact_hits as (

    select *
    from savings
    where hit_outcome = 'exact'

),

savings_of_partial_hits as (

    select *
    from savings
    where hit_outcome = 'partial'

),

-- A failed download is an error and not a miss; a lookup without download is neither.
slots_counted as (

    select
        provider,
        repository_id,
        repository_name,
        cache_slot_id,
        period_kind,
        period_start_date,
        min(workflow_name) as workflow_name,
        min(job_name) as job_name,
        min(slot_step_name) as step_name,
        min(cache_tool) as cache_tool,
        min(key_template) as key_template,
        count(*) filter (where cache_outcome in ('exact', 'partial', 'miss')) as lookup_count,
        count(*) filter (where cache_outcome = 'exact') as exact_count,
        count(*) filter (where cache_outcome = 'partial') as partial_count,
        count(*) filter (where cache_outcome = 'miss') as miss_count,
        count(*) filter (where operation = 'restore' and cache_outcome = 'error') as error_count,
        count(*) filter (where is_evicted) as evicted_miss_count,
        count(*) filter (where is_scope_miss) as known_scope_miss_count,
        count(*) filter (where is_scope_miss is not null) as scope_judged_miss_count,
        count(*) filter (where cache_outcome = 'saved') as saved_count,
        count(distinct requested_key) filter (where cache_outcome = 'saved') as distinct_saved_key_count,
        avg(operation_seconds order by operation_seconds) filter (
            where cache_outcome in ('exact', 'partial', 'miss')
        ) as restore_seconds_mean,
        avg(operation_seconds order by operation_seconds) filter (where cache_outcome = 'saved') as save_seconds_mean,
        sum(operation_seconds order by operation_seconds) filter (where operation = 'save') as save_seconds_total,
        {{ p50('cache_bytes', "operation = 'restore'") }} as cache_bytes_p50
    from operations
    group by all

),

rated as (

    select
        *,
        case when lookup_count >= 5 then exact_count / lookup_count end as exact_ratio,
        case when lookup_count >= 5 then (exact_count + partial_count) / lookup_count end as any_ratio,
        case when lookup_count + error_count >= 5 then error_count / (lookup_count + error_count) end as error_ratio,
        case when miss_count >= 5 then evicted_miss_count / miss_count end as thrash_ratio,
        lookup_count >= 5 and exact_count + partial_count = 0 as is_never_hit
    from slots_counted

),

-- Every lookup pays for restoring and for its part of the saves, of those too that were packed for nothing. A partial
-- hit whose gain nobody measured counts as 0.
costed as (

    select
        rated.*,
        savings_of_exact_hits.saving_seconds,
        savings_of_exact_hits.saving_seconds_low,
        savings_of_exact_hits.saving_seconds_high,
        savings_of_partial_hits.saving_seconds as partial_saving_seconds,
        rated.partial_count * coalesce(savings_of_partial_hits.saving_seconds, 0) / rated.lookup_count
        - rated.restore_seconds_mean
        - if(rated.saved_count = 0, coalesce(rated.save_seconds_total, 0), rated.save_seconds_total)
        / rated.lookup_count
            as benefit_besides_exact_seconds
    from rated
    left join savings_of_exact_hits
        using (provider, repository_id, cache_slot_id, period_kind, period_start_date)
    left join savings_of_partial_hits
        using (provider, repository_id, cache_slot_id, period_kind, period_start_date)

),

weighed as (

    select
        *,
        {{ measured('exact_ratio * saving_seconds + benefit_besides_exact_seconds') }} as net_benefit_seconds,
        exact_ratio * saving_seconds_low + benefit_besides_exact_seconds as net_benefit_seconds_low,
        exact_ratio * saving_seconds_high + benefit_besides_exact_seconds as net_benefit_seconds_high
    from costed

),

judged as (

    select
        provider,
        repository_id,
        repository_name,
        cache_slot_id,
        period_kind,
        period_start_date,
        workflow_name,
        job_name,
        step_name,
        cache_tool,
        key_template,
        lookup_count,
        exact_count,
        partial_count,
        miss_count,
        error_count,
        saved_count,
        distinct_saved_key_count,
        evicted_miss_count,
        case when scope_judged_miss_count > 0 then known_scope_miss_count end as scope_miss_count,
        scope_judged_miss_count,
        exact_ratio,
        any_ratio,
        error_ratio,
        thrash_ratio,
        restore_seconds_mean,
        save_seconds_mean,
        cache_bytes_p50,
        saving_seconds,
        saving_seconds_low,
        saving_seconds_high,
        partial_saving_seconds,
        net_benefit_seconds,
        net_benefit_seconds_low,
        net_benefit_seconds_high,
        case
            when saving_seconds > 0 and net_benefit_seconds is not null
                then {{ measured('greatest(0, least(1, net_benefit_seconds / saving_seconds))') }}
        end as effectiveness_ratio,
        is_never_hit,
        case
            when is_never_hit then 'never hits'
            when net_benefit_seconds_high < 0 then 'costs more than it saves'
            when net_benefit_seconds_low > 0 then 'pays off'
            else 'not enough data'
        end as verdict
    from weighed

)

select * from judged
