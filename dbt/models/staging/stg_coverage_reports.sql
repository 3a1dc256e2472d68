with

looks as (

    select * from {{ source('raw', 'coverage_reports') }}

),

latest_looks as (

    select *
    from looks
    qualify {{ is_latest_look('artifact_id', 'report_path') }}

)

select * from latest_looks
