with

all_looks as (

    select * from {{ source('raw', 'log_findings') }}

),

logs as (

    select * from {{ ref('stg_job_logs') }}

),

-- A better reading of a log may find no cause where an older one did: then the older finding falls.
of_latest_look as (

    select all_looks.*
    from all_looks
    semi join logs using (provider, repository_id, job_id, extracted_at)

)

select * from of_latest_look
