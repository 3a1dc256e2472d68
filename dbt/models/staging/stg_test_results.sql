with

all_looks as (

    select * from {{ source('raw', 'test_results') }}

),

parents as (

    select * from {{ ref('stg_test_reports') }}

),

-- A parent is stored whole with its rows: those of its latest look stand, and no sort over millions finds them.
of_latest_look as (

    select all_looks.*
    from all_looks
    semi join parents using (provider, repository_id, artifact_id, report_path, extracted_at)

)

select * from of_latest_look
