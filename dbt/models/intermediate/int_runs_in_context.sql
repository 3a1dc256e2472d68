with

run_attempts as (

    select * from {{ ref('int_run_attempts_in_context') }}

),

-- What a re-run cannot change: it has the commit, the branch and the event of the first attempt.
runs as (

    select
        provider,
        repository_id,
        repository_name,
        run_id,
        run_number,
        workflow_id,
        workflow_name,
        workflow_path,
        event,
        head_branch,
        head_sha,
        branch_class,
        is_default_branch,
        run_url,
        created_at,
        iso_week_start_date,
        attempt_count
    from run_attempts
    where is_last_attempt

)

select * from runs
