with

looks as (

    select * from {{ source('raw', 'workflow_file_versions') }}

),

latest_looks as (

    select *
    from looks
    qualify {{ is_latest_look('workflow_path', 'head_sha') }}

)

select * from latest_looks
