with

looks as (

    select * from {{ source('raw', 'ledger_entries') }}

),

latest_looks as (

    select *
    from looks
    qualify {{ is_latest_look('item_kind', 'item_id') }}

)

select * from latest_looks
