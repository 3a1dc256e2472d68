with

all_looks as (

    select * from {{ source('raw', 'telemetry_samples') }}

),

-- A file is stored whole: the rows of its latest look stand.
of_latest_look as (

    select *
    from all_looks
    qualify extracted_at = max(extracted_at) over (
        partition by provider, repository_id, artifact_id, report_path
    )

)

select * from of_latest_look
