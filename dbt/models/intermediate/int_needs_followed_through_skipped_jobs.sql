{{
    config(
        materialized='incremental',
        incremental_strategy='whole_runs',
        on_schema_change='fail'
    )
}}

with recursive

touched_runs as (

    {{ touched_runs() }}

),

matched_jobs as (

    select jobs.*
    from {{ ref('int_jobs_matched_to_declarations') }} as jobs
    semi join touched_runs using (provider, repository_id, run_id)

),

timed_jobs as (

    select * from {{ ref('int_jobs_in_context') }}
    where execution_seconds is not null

),

-- A job that is still at work, or by its clocks ended before it began, can hold no place in the order.
executed_keys as (

    select distinct
        matched_jobs.provider,
        matched_jobs.repository_id,
        matched_jobs.run_id,
        matched_jobs.run_attempt,
        matched_jobs.workflow_path,
        matched_jobs.workflow_file_id,
        matched_jobs.workflow_job_key
    from matched_jobs
    semi join timed_jobs using (provider, repository_id, job_id)

),

attempts as (

    select distinct
        provider,
        repository_id,
        run_id,
        run_attempt,
        workflow_path,
        workflow_file_id
    from matched_jobs

),

declared_needs as (

    select
        provider,
        repository_id,
        workflow_path,
        workflow_file_id,
        workflow_job_key,
        unnest(needs) as needed_key
    from {{ ref('stg_workflow_jobs') }}

),

needs_of_attempts as (

    select
        attempts.provider,
        attempts.repository_id,
        attempts.run_id,
        attempts.run_attempt,
        declared_needs.workflow_job_key,
        declared_needs.needed_key
    from attempts
    inner join declared_needs using (provider, repository_id, workflow_path, workflow_file_id)

),

-- A job that was skipped or carried over takes no known time of the attempt: its own needs stand in for it.
needs_followed (provider, repository_id, run_id, run_attempt, workflow_job_key, needed_key) as (

    select * from needs_of_attempts
    union
    select
        needs_followed.provider,
        needs_followed.repository_id,
        needs_followed.run_id,
        needs_followed.run_attempt,
        needs_followed.workflow_job_key,
        needs_of_attempts.needed_key
    from needs_followed
    inner join needs_of_attempts
        on
            needs_followed.provider = needs_of_attempts.provider
            and needs_followed.repository_id = needs_of_attempts.repository_id
            and needs_followed.run_id = needs_of_attempts.run_id
            and needs_followed.run_attempt = needs_of_attempts.run_attempt
            and needs_followed.needed_key = needs_of_attempts.workflow_job_key
    anti join executed_keys
        on
            needs_followed.provider = executed_keys.provider
            and needs_followed.repository_id = executed_keys.repository_id
            and needs_followed.run_id = executed_keys.run_id
            and needs_followed.run_attempt = executed_keys.run_attempt
            and needs_followed.needed_key = executed_keys.workflow_job_key

),

needs_between_executed_jobs as (

    select
        needs_followed.*,
        touched_runs.load_number
    from needs_followed
    inner join touched_runs using (provider, repository_id, run_id)
    semi join executed_keys using (provider, repository_id, run_id, run_attempt, workflow_job_key)
    semi join executed_keys as needed_keys
        on
            needs_followed.provider = needed_keys.provider
            and needs_followed.repository_id = needed_keys.repository_id
            and needs_followed.run_id = needed_keys.run_id
            and needs_followed.run_attempt = needed_keys.run_attempt
            and needs_followed.needed_key = needed_keys.workflow_job_key
    where needs_followed.workflow_job_key <> needs_followed.needed_key

)

select * from needs_between_executed_jobs
