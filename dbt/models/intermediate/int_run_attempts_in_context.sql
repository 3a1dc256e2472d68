with

run_attempts as (

    select
        * exclude (extracted_at, load_number, run_started_at),
        run_started_at as attempt_started_at
    from {{ ref('stg_run_attempts') }}

),

repositories as (

    select * from {{ ref('stg_repositories') }}

),

-- A fork's pull request may come from a branch that bears the default branch's name: the event is asked first.
in_context as (

    select
        run_attempts.*,
        repositories.repository_name,
        case
            when run_attempts.is_merge_queue then 'queue'
            when run_attempts.event in ('pull_request', 'pull_request_target') then 'pr'
            when run_attempts.head_branch = repositories.default_branch then 'default'
            else 'other'
        end as branch_class,
        branch_class = 'default' as is_default_branch,
        {{ iso_week_start_date('run_attempts.created_at') }} as iso_week_start_date,
        max(run_attempts.run_attempt) over run as attempt_count,
        run_attempts.run_attempt = max(run_attempts.run_attempt) over run as is_last_attempt
    from run_attempts
    inner join repositories using (provider, repository_id)
    window run as (partition by run_attempts.provider, run_attempts.repository_id, run_attempts.run_id)

)

select * from in_context
