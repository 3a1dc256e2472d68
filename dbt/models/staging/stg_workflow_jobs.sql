with

looks as (

    select * from {{ source('raw', 'workflow_jobs') }}

),

latest_looks as (

    select *
    from looks
    qualify {{ is_latest_look('workflow_path', 'workflow_file_id', 'workflow_job_key') }}

)

select * from latest_looks
