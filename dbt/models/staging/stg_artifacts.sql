with

looks as (

    select * from {{ source('raw', 'artifacts') }}

),

latest_looks as (

    select *
    from looks
    qualify {{ is_latest_look('artifact_id') }}

)

select * from latest_looks
