with

entries as (

    select * from {{ ref('stg_cache_entries') }}

),

repositories as (

    select * from {{ ref('stg_repositories') }}

),

-- What an earlier look saw and the last one did not is gone.
last_looks as (

    select *
    from entries
    qualify snapshot_at = max(snapshot_at) over (partition by provider, repository_id)

),

in_context as (

    select
        last_looks.provider,
        last_looks.repository_id,
        repositories.repository_name,
        last_looks.cache_id,
        last_looks.cache_key,
        {{ key_template('last_looks.cache_key') }} as key_template,
        last_looks.ref,
        last_looks.cache_bytes,
        last_looks.created_at,
        last_looks.last_accessed_at,
        last_looks.snapshot_at
    from last_looks
    inner join repositories using (provider, repository_id)

)

select * from in_context
