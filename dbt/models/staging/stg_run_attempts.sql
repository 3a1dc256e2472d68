with

looks as (

    select * from {{ source('raw', 'run_attempts') }}

),

latest_looks as (

    select *
    from looks
    qualify {{ is_latest_look('run_id', 'run_attempt') }}

)

select * from latest_looks
