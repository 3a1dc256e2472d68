with

looks as (

    select * from {{ source('raw', 'workflow_files') }}

),

latest_looks as (

    select *
    from looks
    qualify {{ is_latest_look('workflow_path', 'workflow_file_id') }}

)

select * from latest_looks
