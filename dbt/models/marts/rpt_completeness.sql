with

entries as (

    select * from {{ ref('stg_ledger_entries') }}

),

repositories as (

    select * from {{ ref('stg_repositories') }}

),

-- What expired or vanished before we came was there to be known: it counts against us.
items_counted as (

    select
        entries.provider,
        entries.repository_id,
        repositories.repository_name,
        entries.item_kind,
        count(*) as known_count,
        count(*) filter (where entries.state = 'stored') as stored_count,
        count(*) filter (where entries.state = 'not_yet') as not_yet_count,
        count(*) filter (where entries.state = 'expired') as expired_count,
        count(*) filter (where entries.state = 'gone') as gone_count,
        count(*) filter (where entries.state = 'unreadable') as unreadable_count,
        count(*) filter (where entries.state = 'error') as error_count,
        count(*) filter (where entries.state = 'not_permitted') as not_permitted_count,
        count(*) filter (where entries.state = 'not_wanted') as not_wanted_count
    from entries
    inner join repositories using (provider, repository_id)
    group by all

),

rated as (

    select
        *,
        {{ ratio('stored_count', 'known_count - not_wanted_count') }} as coverage_ratio
    from items_counted

),

judged as (

    select
        *,
        coalesce(coverage_ratio < 0.99, false) as is_below_floor
    from rated

)

select * from judged
