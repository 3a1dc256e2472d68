with

looks as (

    select * from {{ source('raw', 'cache_entries') }}

),

latest_looks as (

    select *
    from looks
    qualify {{ is_latest_look('snapshot_at', 'cache_id') }}

)

select * from latest_looks
