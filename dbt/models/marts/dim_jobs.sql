with

jobs as (

    select * from {{ ref('int_jobs_in_context') }}

),

declarations as (

    select * from {{ ref('int_jobs_matched_to_declarations') }}

),

jobs_of_declarations as (

    select
        jobs.*,
        declarations.workflow_job_key
    from jobs
    left join declarations using (provider, repository_id, job_id)

),

-- A skipped job has no labels: where any run of the job had some, the latest of those stand for it.
final as (

    select
        provider,
        repository_id,
        any_value(repository_name) as repository_name,
        workflow_path,
        job_name,
        max_by(job_config_id, (len(runner_labels) > 0, attempt_started_at, job_id)) as job_config_id,
        any_value(job_family_name) as job_family_name,
        any_value(matrix_suffix) as matrix_suffix,
        max_by(array_to_string(runner_labels, ', '), (len(runner_labels) > 0, attempt_started_at, job_id))
            as runner_labels_text,
        max_by(workflow_job_key, (attempt_started_at, job_id)) filter (where workflow_job_key is not null)
            as workflow_job_key,
        min(attempt_started_at) as first_seen_at,
        max(attempt_started_at) as last_seen_at
    from jobs_of_declarations
    group by all

)

select * from final
