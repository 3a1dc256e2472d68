with

entries as (

    select * from {{ ref('stg_cache_entries') }}

),

repositories as (

    select * from {{ ref('stg_repositories') }}

),

last_looks as (

    select *
    from entries
    qualify snapshot_at = max(snapshot_at) over (partition by provider, repository_id)

),

templates_counted as (

    select
        provider,
        repository_id,
        {{ key_template('cache_key') }} as key_template,
        max(snapshot_at) as snapshot_at,
        count(*) as cache_entry_count,
        count(distinct ref) as cache_ref_count,
        cast(sum(cache_bytes) as bigint) as live_bytes,
        min(created_at) as oldest_entry_at,
        max(last_accessed_at) as last_accessed_at,
        count(*) filter (where last_accessed_at <= snapshot_at - interval 7 day) as unused_entry_count
    from last_looks
    group by all

),

final as (

    select
        templates_counted.provider,
        templates_counted.repository_id,
        repositories.repository_name,
        templates_counted.key_template,
        templates_counted.snapshot_at,
        templates_counted.cache_entry_count,
        templates_counted.cache_ref_count,
        templates_counted.live_bytes,
        templates_counted.live_bytes / 10737418240 as limit_ratio,
        sum(templates_counted.live_bytes) over repository / 10737418240 as repository_limit_ratio,
        templates_counted.oldest_entry_at,
        templates_counted.last_accessed_at,
        templates_counted.unused_entry_count
    from templates_counted
    inner join repositories using (provider, repository_id)
    window repository as (partition by templates_counted.provider, templates_counted.repository_id)

)

select * from final
