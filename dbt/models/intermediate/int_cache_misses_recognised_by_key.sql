with

operations as (

    select * from {{ ref('int_cache_operations_placed_in_slots') }}

),

misses as (

    select *
    from operations
    where cache_outcome = 'miss'

),

-- An entry is readable from its own branch and, when the default branch made it, from all.
proofs_of_entries as (

    select *
    from operations
    where cache_outcome in ('exact', 'saved')

),

recognised as (

    select
        misses.provider,
        misses.repository_id,
        misses.job_id,
        misses.line_number,
        coalesce(bool_or(proofs_of_entries.job_id is not null), false) as is_evicted
    from misses
    left join proofs_of_entries
        on
            misses.provider = proofs_of_entries.provider
            and misses.repository_id = proofs_of_entries.repository_id
            and misses.cache_slot_id = proofs_of_entries.cache_slot_id
            and misses.requested_key = proofs_of_entries.requested_key
            and (misses.head_branch = proofs_of_entries.head_branch or proofs_of_entries.is_default_branch)
            and misses.started_at > proofs_of_entries.started_at
            and misses.started_at <= proofs_of_entries.started_at + interval 7 day
    group by all

)

select * from recognised
