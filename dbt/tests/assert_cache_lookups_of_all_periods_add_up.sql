-- A week lost, or counted in two slots, would show here.
with

lookups_by_period as (

    select
        provider,
        repository_id,
        sum(lookup_count) filter (where period_kind = 'week') as week_lookup_count,
        sum(lookup_count) filter (where period_kind = 'all_history') as history_lookup_count
    from {{ ref('fct_cache_effectiveness') }}
    group by all

),

lookups as (

    select
        provider,
        repository_id,
        count(*) filter (where cache_outcome in ('exact', 'partial', 'miss')) as lookup_count
    from {{ ref('fct_cache_operations') }}
    group by all

)

select lookups.*
from lookups
left join lookups_by_period using (provider, repository_id)
where
    lookups.lookup_count is distinct from lookups_by_period.week_lookup_count
    or lookups.lookup_count is distinct from lookups_by_period.history_lookup_count
