with

looks as (

    select * from {{ source('raw', 'extraction_problems') }}

),

latest_looks as (

    select *
    from looks
    qualify {{ is_latest_look('problem_id') }}

)

select * from latest_looks
