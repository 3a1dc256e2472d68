with

looks as (

    select * from {{ source('raw', 'annotations') }}

),

latest_looks as (

    select *
    from looks
    qualify {{ is_latest_look('job_id', 'annotation_number') }}

)

select * from latest_looks
