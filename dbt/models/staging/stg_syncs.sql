with

looks as (

    select * from {{ source('raw', 'syncs') }}

),

latest_looks as (

    select *
    from looks
    qualify {{ is_latest_look('sync_id') }}

)

select * from latest_looks
