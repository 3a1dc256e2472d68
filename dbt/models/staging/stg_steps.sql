with

looks as (

    select * from {{ source('raw', 'steps') }}

),

latest_looks as (

    select *
    from looks
    qualify {{ is_latest_look('job_id', 'step_number') }}

)

select * from latest_looks
