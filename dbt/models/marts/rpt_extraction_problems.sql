with

problems as (

    select * from {{ ref('stg_extraction_problems') }}

),

repositories as (

    select * from {{ ref('stg_repositories') }}

),

in_context as (

    select
        problems.provider,
        problems.repository_id,
        repositories.repository_name,
        problems.problem_id,
        problems.problem_kind,
        problems.item_kind,
        problems.item_id,
        problems.run_id,
        problems.run_attempt,
        problems.job_id,
        problems.file_path,
        problems.message,
        problems.advice,
        problems.extracted_at as occurred_at
    from problems
    left join repositories using (provider, repository_id)

)

select * from in_context
