with

operations as (

    select * from {{ ref('int_cache_operations_placed_in_slots') }}

),

attempts as (

    select * from {{ ref('int_run_attempts_in_context') }}

),

repositories as (

    select * from {{ ref('stg_repositories') }}

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

),

-- An entry never changes: it was there from its creation to the last look that saw it.
entries as (

    select
        provider,
        repository_id,
        cache_id,
        any_value(cache_key) as cache_key,
        any_value(ref) as entry_ref,
        min(created_at) as created_at,
        max(snapshot_at) as last_seen_at
    from {{ ref('stg_cache_entries') }}
    group by all

),

looks as (

    select distinct
        provider,
        repository_id,
        snapshot_at
    from {{ ref('stg_cache_entries') }}

),

-- A pull request's run has the scope of its merge, whose number the service does not tell of a fork's.
scopes_of_misses as (

    select
        misses.provider,
        misses.repository_id,
        misses.job_id,
        misses.line_number,
        misses.requested_key,
        misses.started_at,
        'refs/heads/' || repositories.default_branch as default_ref,
        case
            when attempts.event <> 'pull_request' then 'refs/heads/' || misses.head_branch
            when attempts.pull_request_number is not null then 'refs/pull/' || attempts.pull_request_number || '/merge'
        end as own_ref
    from misses
    inner join attempts using (provider, repository_id, run_id, run_attempt)
    inner join repositories
        on misses.provider = repositories.provider and misses.repository_id = repositories.repository_id

),

misses_beside_entries as (

    select
        scopes.provider,
        scopes.repository_id,
        scopes.job_id,
        scopes.line_number,
        coalesce(bool_or(entries.entry_ref in (scopes.default_ref, coalesce(scopes.own_ref, ''))), false)
            as has_readable_entry,
        coalesce(
            bool_or(
                entries.entry_ref not in (scopes.default_ref, coalesce(scopes.own_ref, ''))
                and (scopes.own_ref is not null or entries.entry_ref not like 'refs/pull/%')
            ),
            false
        ) as has_entry_elsewhere
    from scopes_of_misses as scopes
    left join entries
        on
            scopes.provider = entries.provider
            and scopes.repository_id = entries.repository_id
            and scopes.requested_key = entries.cache_key
            and scopes.started_at between entries.created_at and entries.last_seen_at
    group by all

),

-- What was there and unused is gone after seven days: a later look cannot say that there was nothing.
misses_looked_at as (

    select distinct
        scopes.provider,
        scopes.repository_id,
        scopes.job_id,
        scopes.line_number
    from scopes_of_misses as scopes
    inner join looks
        on
            scopes.provider = looks.provider
            and scopes.repository_id = looks.repository_id
            and scopes.started_at <= looks.snapshot_at
            and scopes.started_at > looks.snapshot_at - interval 7 day

),

final as (

    select
        recognised.*,
        case
            when beside.has_entry_elsewhere and not beside.has_readable_entry and not recognised.is_evicted then true
            when looked_at.job_id is not null then false
        end as is_scope_miss
    from recognised
    left join misses_beside_entries as beside using (provider, repository_id, job_id, line_number)
    left join misses_looked_at as looked_at using (provider, repository_id, job_id, line_number)

)

select * from final
