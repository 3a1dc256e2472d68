with

syncs as (

    select * from {{ ref('stg_syncs') }}

),

-- The last sync and not the furthest: one that was told a wrong time may have claimed to know the future.
-- Before the first complete sync an incomplete one is all there is; rpt_completeness says how much it missed.
moments as (

    select
        provider,
        repository_id,
        coalesce(
            arg_max(known_until_at, extracted_at) filter (where is_complete), arg_max(known_until_at, extracted_at)
        ) as as_of_at
    from syncs
    group by all

),

windows as (

    select
        *,
        as_of_at - interval 30 day as window_start_at,
        as_of_at - interval 60 day as previous_window_start_at
    from moments

)

select * from windows
