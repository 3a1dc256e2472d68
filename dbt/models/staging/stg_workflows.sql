with

looks as (

    select * from {{ source('raw', 'workflows') }}

),

latest_looks as (

    select *
    from looks
    qualify {{ is_latest_look('workflow_id') }}

)

select * from latest_looks
