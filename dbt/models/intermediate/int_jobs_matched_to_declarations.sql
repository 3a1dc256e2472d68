with

jobs as (

    select *
    from {{ ref('int_jobs_in_context') }}
    where is_executed

),

versions as (

    select * from {{ ref('stg_workflow_file_versions') }}

),

-- Expressions of a template stand for anything; a matrix adds its values in parentheses, a called workflow the names
-- of its jobs.
declarations as (

    select
        provider,
        repository_id,
        workflow_path,
        workflow_file_id,
        workflow_job_key,
        reusable_workflow is not null as is_workflow_call,
        string_split_regex(job_name_template, '\$\{\{.*?\}\}') as literals,
        length(array_to_string(literals, '')) as literal_length,
        concat(
            '^',
            array_to_string([regexp_escape(part) for part in literals], '.*'),
            if(matrix_json is null, '', '( \(.*\))?'),
            if(is_workflow_call, ' / .+', ''),
            '$'
        ) as name_pattern
    from {{ ref('stg_workflow_jobs') }}

),

jobs_of_files as (

    select
        jobs.provider,
        jobs.repository_id,
        jobs.run_id,
        jobs.run_attempt,
        jobs.job_id,
        jobs.job_name,
        jobs.workflow_path,
        versions.workflow_file_id
    from jobs
    inner join versions using (provider, repository_id, workflow_path, head_sha)

),

names as (

    select distinct
        provider,
        repository_id,
        workflow_path,
        workflow_file_id,
        job_name
    from jobs_of_files

),

candidates as (

    select
        names.*,
        declarations.workflow_job_key,
        declarations.is_workflow_call,
        declarations.literal_length
    from names
    inner join declarations using (provider, repository_id, workflow_path, workflow_file_id)
    where regexp_matches(names.job_name, declarations.name_pattern, 's')

),

best_candidates as (

    select *
    from candidates
    qualify
        rank() over (
            partition by provider, repository_id, workflow_path, workflow_file_id, job_name
            order by literal_length desc
        ) = 1

),

-- Two declarations that fit equally well say nothing: the job stays unmatched.
matched_names as (

    select
        provider,
        repository_id,
        workflow_path,
        workflow_file_id,
        job_name,
        any_value(workflow_job_key) as workflow_job_key,
        any_value(is_workflow_call) as is_workflow_call
    from best_candidates
    group by all
    having count(*) = 1

),

matched_jobs as (

    select
        jobs_of_files.provider,
        jobs_of_files.repository_id,
        jobs_of_files.run_id,
        jobs_of_files.run_attempt,
        jobs_of_files.job_id,
        jobs_of_files.workflow_path,
        jobs_of_files.workflow_file_id,
        matched_names.workflow_job_key,
        matched_names.is_workflow_call
    from jobs_of_files
    inner join matched_names using (provider, repository_id, workflow_path, workflow_file_id, job_name)

)

select * from matched_jobs
