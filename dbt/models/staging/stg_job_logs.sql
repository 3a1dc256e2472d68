with

looks as (

    select * from {{ source('raw', 'job_logs') }}

),

latest_looks as (

    select *
    from looks
    qualify {{ is_latest_look('job_id') }}

)

select * from latest_looks
