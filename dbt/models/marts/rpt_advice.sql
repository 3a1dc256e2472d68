with

repositories as (

    select * from {{ ref('dim_repositories') }}

),

caches as (

    select * from {{ ref('fct_cache_effectiveness') }}

),

-- What a saving is known from is all history; how often it is due, the last 30 days.
caches_in_use as (

    select
        caches.*,
        recent.lookup_count as recent_lookup_count,
        recent.evicted_miss_count as recent_evicted_miss_count,
        recent.scope_miss_count as recent_scope_miss_count
    from caches
    inner join caches as recent using (provider, repository_id, cache_slot_id)
    where caches.period_kind = 'all_history' and recent.period_kind = 'last_30_days'

),

caches_judged as (

    select
        *,
        case
            when is_never_hit and regexp_matches(key_template, '<sha>|<num>|<date>') then 'key_changes_every_time'
            when scope_miss_count >= 5 and scope_miss_count >= 0.2 * miss_count then 'kept_by_other_branches'
            when is_never_hit then 'never_hits'
            when verdict = 'costs more than it saves' then 'costs_more_than_it_saves'
            when thrash_ratio >= 0.2 and miss_count >= 5 then 'evicted_too_early'
            when lookup_count >= 10 and exact_ratio < 0.5 and distinct_saved_key_count > 0.5 * lookup_count
                then 'key_too_specific'
            when verdict = 'not enough data' then 'not_enough_data'
        end as advice_reason
    from caches_in_use

),

cache_advice as (

    select
        provider,
        repository_id,
        'cache' as advice_kind,
        cache_slot_id as subject_id,
        advice_reason,
        workflow_name,
        concat_ws(', ', job_name, key_template) as advised_name,
        lookup_count || ' lookups, ' || exact_count || ' exact, ' || partial_count || ' partial, ' || miss_count
        || ' missed; ' || distinct_saved_key_count || ' keys saved' as evidence_text,
        case
            when advice_reason in ('key_changes_every_time', 'never_hits')
                then
                    recent_lookup_count
                    * (coalesce(restore_seconds_mean, 0) + coalesce(save_seconds_mean * saved_count / lookup_count, 0))
            when advice_reason = 'costs_more_than_it_saves' then -recent_lookup_count * net_benefit_seconds
            when advice_reason = 'evicted_too_early' then recent_evicted_miss_count * saving_seconds
            when advice_reason = 'kept_by_other_branches' then recent_scope_miss_count * saving_seconds
        end as gain_seconds,
        case
            when advice_reason = 'costs_more_than_it_saves' then -recent_lookup_count * net_benefit_seconds_high
            when advice_reason = 'evicted_too_early' then recent_evicted_miss_count * saving_seconds_low
            when advice_reason = 'kept_by_other_branches' then recent_scope_miss_count * saving_seconds_low
        end as gain_seconds_low,
        case
            when advice_reason = 'costs_more_than_it_saves' then -recent_lookup_count * net_benefit_seconds_low
            when advice_reason = 'evicted_too_early' then recent_evicted_miss_count * saving_seconds_high
            when advice_reason = 'kept_by_other_branches' then recent_scope_miss_count * saving_seconds_high
        end as gain_seconds_high,
        cast(null as bigint) as gain_bytes,
        cast(null as decimal(18, 6)) as gain_usd,
        case
            when advice_reason = 'not_enough_data' then 'none'
            when lookup_count >= 20 then 'high'
            else 'medium'
        end as advice_confidence,
        case
            when advice_reason = 'not_enough_data'
                then
                    'needs 3 misses and 5 hits that can be compared; has ' || miss_count || ' misses and '
                    || (exact_count + partial_count) || ' hits'
        end as needed_text
    from caches_judged
    where advice_reason is not null

),

timeout_advice as (

    select
        provider,
        repository_id,
        'timeout' as advice_kind,
        workflow_path || ' ' || workflow_job_key as subject_id,
        case timeout_verdict
            when 'not enough data' then 'not_enough_data'
            when 'too tight' then 'limit_too_tight'
            else if(timeout_seconds is null, 'limit_missing', 'limit_too_loose')
        end as advice_reason,
        workflow_name,
        workflow_job_key as advised_name,
        concat_ws(
            '; ',
            'limit ' || coalesce(cast(round(timeout_seconds / 60, 1) as varchar) || ' min', 'not stated'),
            'better ' || cast(round(proposed_timeout_seconds / 60) as bigint) || ' min',
            'longest success ' || round(longest_success_seconds / 60, 1) || ' min'
        ) as evidence_text,
        -- 90 days were looked at.
        overlong_seconds_total / 3 as gain_seconds,
        cast(null as double) as gain_seconds_low,
        cast(null as double) as gain_seconds_high,
        cast(null as bigint) as gain_bytes,
        cast(null as decimal(18, 6)) as gain_usd,
        case
            when timeout_verdict = 'not enough data' then 'none'
            when successful_job_count >= 100 then 'high'
            else 'medium'
        end as advice_confidence,
        case
            when timeout_verdict = 'not enough data'
                then 'needs 20 successful jobs in 90 days; has ' || successful_job_count
        end as needed_text
    from {{ ref('rpt_declared_jobs') }}
    where timeout_verdict <> 'fits'

),

runner_advice as (

    select
        provider,
        repository_id,
        'runner' as advice_kind,
        workflow_id || ' ' || job_config_id as subject_id,
        if(missing_text is null, sizing_rule, 'not_enough_data') as advice_reason,
        workflow_name,
        job_name as advised_name,
        concat_ws(
            '; ',
            'now ' || coalesce(sku_name, 'a runner that is not known') || coalesce(', better ' || advised_sku_name, ''),
            'processor ' || round(100 * job_cpu_ratio_p95) || ' % at the 95th percentile',
            'memory ' || round(100 * memory_ratio_max) || ' % at most'
        ) as evidence_text,
        cast(null as double) as gain_seconds,
        cast(null as double) as gain_seconds_low,
        cast(null as double) as gain_seconds_high,
        cast(null as bigint) as gain_bytes,
        predicted_saving_usd as gain_usd,
        if(missing_text is null, confidence, 'none') as advice_confidence,
        missing_text as needed_text
    from {{ ref('rpt_right_sizing') }}
    where missing_text is not null or sizing_rule in ('memory_up', 'disk_full', 'size_up', 'size_down')

),

leg_advice as (

    select
        provider,
        repository_id,
        'matrix_leg' as advice_kind,
        workflow_id || ' ' || matrix_name || ' ' || job_name as subject_id,
        if(leg_verdict = 'not enough data', 'not_enough_data', 'never_finds_alone') as advice_reason,
        workflow_name,
        job_name as advised_name,
        'alone in ' || unique_find_count || ' of ' || matrix_finding_run_count || ' runs with a failed leg, of '
        || compared_run_count || ' compared' as evidence_text,
        cast(null as double) as gain_seconds,
        cast(null as double) as gain_seconds_low,
        cast(null as double) as gain_seconds_high,
        cast(null as bigint) as gain_bytes,
        -- What it cost by the day, for 30 days.
        case
            when leg_verdict = 'never finds alone'
                then {{ usd('30 * list_cost_usd / greatest(30, last_seen_at::date - first_seen_at::date)') }}
        end as gain_usd,
        case
            when leg_verdict = 'not enough data' then 'none'
            when unique_find_ratio_high < 0.05 then 'high'
            when unique_find_ratio_high < 0.15 then 'medium'
            else 'low'
        end as advice_confidence,
        case
            when leg_verdict = 'not enough data'
                then
                    'needs 50 runs, 10 of them with a failed leg; has ' || compared_run_count || ' and '
                    || matrix_finding_run_count
        end as needed_text
    from {{ ref('rpt_matrix_legs') }}
    where leg_verdict <> 'finds alone'

),

-- A run can be run again for 30 days. Who downloads an artifact after that the service does not tell. Less than 100 MB
-- is not worth a change.
retention_advice as (

    select
        provider,
        repository_id,
        'retention' as advice_kind,
        concat_ws(' ', workflow_name, artifact_family_name) as subject_id,
        'kept_longer_than_reruns' as advice_reason,
        workflow_name,
        artifact_family_name as advised_name,
        'kept ' || round(retention_seconds_p50 / 86400) || ' days; ' || artifact_count || ' made in 30 days, '
        || round(artifact_bytes_total / 1e6, 1) || ' MB' as evidence_text,
        cast(null as double) as gain_seconds,
        cast(null as double) as gain_seconds_low,
        cast(null as double) as gain_seconds_high,
        -- What a month makes, for every month beyond the first that it is kept.
        cast(artifact_bytes_total * (retention_seconds_p50 / 2592000 - 1) as bigint) as gain_bytes,
        cast(null as decimal(18, 6)) as gain_usd,
        'low' as advice_confidence,
        cast(null as varchar) as needed_text
    from {{ ref('rpt_artifact_storage') }}
    where period_kind = 'last_30_days' and artifact_bytes_total * (retention_seconds_p50 / 2592000 - 1) >= 1e8

),

advice as (

    select * from cache_advice
    union all
    select * from timeout_advice
    union all
    select * from runner_advice
    union all
    select * from leg_advice
    union all
    select * from retention_advice

),

in_context as (

    select
        advice.provider,
        advice.repository_id,
        repositories.repository_name,
        advice.advice_kind,
        advice.subject_id,
        advice.advice_reason,
        advice.workflow_name,
        advice.advised_name,
        advice.evidence_text,
        round(advice.gain_seconds, 6) as gain_seconds,
        round(advice.gain_seconds_low, 6) as gain_seconds_low,
        round(advice.gain_seconds_high, 6) as gain_seconds_high,
        advice.gain_bytes,
        advice.gain_usd,
        advice.advice_confidence,
        advice.needed_text
    from advice
    inner join repositories using (provider, repository_id)

)

select * from in_context
