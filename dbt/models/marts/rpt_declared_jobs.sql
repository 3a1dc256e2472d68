with

last_files as (

    select * from {{ ref('int_workflow_files_chosen_by_last_run') }}

),

declarations as (

    select * from {{ ref('stg_workflow_jobs') }}

),

matches as (

    select * from {{ ref('int_jobs_matched_to_declarations') }}

),

jobs as (

    select * from {{ ref('int_jobs_in_context') }}

),

moments as (

    select * from {{ ref('int_repositories_as_of') }}

),

measured_jobs as (

    select
        matches.provider,
        matches.repository_id,
        matches.workflow_path,
        matches.workflow_job_key,
        jobs.run_id,
        jobs.run_attempt,
        jobs.execution_seconds,
        jobs.queued_seconds,
        jobs.result,
        jobs.is_failure_like and coalesce(jobs.result in ('timeout', 'cancellation'), false) as is_timed_out,
        count(*) over (
            partition by
                matches.provider,
                matches.repository_id,
                matches.workflow_path,
                matches.workflow_job_key,
                jobs.run_id,
                jobs.run_attempt
        ) as leg_count
    from matches
    inner join jobs using (provider, repository_id, job_id)
    inner join moments using (provider, repository_id)
    where jobs.created_at >= moments.as_of_at - interval 90 day and not matches.is_workflow_call

),

measured as (

    select
        provider,
        repository_id,
        workflow_path,
        workflow_job_key,
        count(*) as measured_job_count,
        count(*) filter (where result = 'success') as successful_job_count,
        count(*) filter (where is_timed_out) as timed_out_job_count,
        max(leg_count) as leg_count,
        {{ p50('execution_seconds', "result = 'success'") }} as execution_seconds_p50,
        {{ p99('execution_seconds', "result = 'success'") }} as execution_seconds_p99,
        max(execution_seconds) filter (where result = 'success') as longest_success_seconds,
        {{ p95('queued_seconds') }} as queued_seconds_p95
    from measured_jobs
    group by all

),

-- Half as long again as what good jobs take, in steps of five minutes, and never under ten.
limits as (

    select
        provider,
        repository_id,
        workflow_path,
        workflow_job_key,
        case
            when successful_job_count >= 20
                then greatest(
                    600.0,
                    300.0 * ceil(1.5 * coalesce(execution_seconds_p99, longest_success_seconds) / 300.0),
                    300.0 * ceil(1.1 * longest_success_seconds / 300.0)
                )
        end as proposed_timeout_seconds
    from measured

),

-- Without a limit nothing is known to be beyond it: greatest() of a null would be 0.
overlong as (

    select
        measured_jobs.provider,
        measured_jobs.repository_id,
        measured_jobs.workflow_path,
        measured_jobs.workflow_job_key,
        round(sum(greatest(0.0, measured_jobs.execution_seconds - limits.proposed_timeout_seconds)), 6)
            as overlong_seconds_total
    from measured_jobs
    inner join limits using (provider, repository_id, workflow_path, workflow_job_key)
    where limits.proposed_timeout_seconds is not null
    group by all

),

final as (

    select
        last_files.provider,
        last_files.repository_id,
        last_files.repository_name,
        last_files.workflow_path,
        last_files.workflow_name,
        last_files.workflow_file_id,
        declarations.workflow_job_key,
        declarations.job_name_template,
        array_to_string(declarations.runner_labels, ', ') as declared_labels_text,
        declarations.reusable_workflow,
        declarations.matrix_json,
        declarations.max_parallel_count,
        declarations.timeout_seconds,
        coalesce(measured.measured_job_count, 0) as measured_job_count,
        coalesce(measured.successful_job_count, 0) as successful_job_count,
        coalesce(measured.timed_out_job_count, 0) as timed_out_job_count,
        measured.leg_count,
        measured.execution_seconds_p50,
        measured.execution_seconds_p99,
        measured.longest_success_seconds,
        measured.queued_seconds_p95,
        limits.proposed_timeout_seconds,
        overlong.overlong_seconds_total,
        -- The service's own limit is six hours. A quarter less is worth a change.
        case
            when declarations.reusable_workflow is not null then null
            when limits.proposed_timeout_seconds is null then 'not enough data'
            when
                measured.timed_out_job_count > 0
                and limits.proposed_timeout_seconds > coalesce(declarations.timeout_seconds, 21600)
                then 'too tight'
            when limits.proposed_timeout_seconds <= 0.75 * coalesce(declarations.timeout_seconds, 21600)
                then 'too loose'
            else 'fits'
        end as timeout_verdict
    from last_files
    inner join declarations using (provider, repository_id, workflow_path, workflow_file_id)
    left join measured using (provider, repository_id, workflow_path, workflow_job_key)
    left join limits using (provider, repository_id, workflow_path, workflow_job_key)
    left join overlong using (provider, repository_id, workflow_path, workflow_job_key)

)

select * from final
