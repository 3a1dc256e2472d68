-- One row per artifact name of all history, with its last 30 days, and one per cache key in the last list of caches.
with

recent as (

    select
        repository_id,
        artifact_family_name,
        artifact_bytes_total as recent_bytes,
        growth_ratio
    from marts.rpt_artifact_storage
    where period_kind = 'last_30_days'

),

artifacts as (

    select
        stored.repository_id,
        'artifact' as storage_kind,
        stored.artifact_family_name as stored_name,
        stored.artifact_count as stored_count,
        stored.artifact_bytes_p50 as stored_bytes_p50,
        stored.artifact_bytes_p95 as stored_bytes_p95,
        stored.artifact_bytes_total as stored_bytes_total,
        recent.recent_bytes,
        recent.growth_ratio,
        stored.retention_seconds_p50,
        stored.expired_artifact_count,
        stored.live_artifact_count as live_count,
        stored.live_bytes,
        stored.storage_gb_hours,
        stored.download_count
    from marts.rpt_artifact_storage as stored
    left join recent using (repository_id, artifact_family_name)
    where stored.period_kind = 'all_history'

),

caches as (

    select
        repository_id,
        'cache' as storage_kind,
        key_template as stored_name,
        null as stored_count,
        null as stored_bytes_p50,
        null as stored_bytes_p95,
        null as stored_bytes_total,
        null as recent_bytes,
        null as growth_ratio,
        null as retention_seconds_p50,
        null as expired_artifact_count,
        cache_entry_count as live_count,
        live_bytes,
        null as storage_gb_hours,
        null as download_count
    from marts.rpt_cache_storage

),

ranked as (

    select
        *,
        row_number() over (
            partition by repository_id
            order by live_bytes desc, stored_bytes_total desc nulls last, storage_kind, stored_name
        ) as size_rank,
        count(*) over (partition by repository_id) as matching_count
    from (from artifacts union all from caches)

)

select * exclude (size_rank)
from ranked
where size_rank <= 200
order by repository_id, size_rank
