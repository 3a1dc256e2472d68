{{
    config(
        materialized='incremental',
        incremental_strategy='whole_runs',
        on_schema_change='fail'
    )
}}

with

touched_runs as (

    {{ touched_runs() }}

),

-- Times count from the start of the attempt. Where a clock ran backwards nothing can be ordered.
timed_jobs as (

    select
        jobs.provider,
        jobs.repository_id,
        jobs.run_id,
        jobs.run_attempt,
        jobs.job_id,
        jobs.job_family_name,
        epoch(jobs.created_at) - epoch(jobs.attempt_started_at) as created_offset_seconds,
        epoch(jobs.started_at) - epoch(jobs.attempt_started_at) as started_offset_seconds,
        epoch(jobs.completed_at) - epoch(jobs.attempt_started_at) as completed_offset_seconds,
        jobs.execution_seconds,
        touched_runs.load_number
    from {{ ref('int_jobs_in_context') }} as jobs
    inner join touched_runs using (provider, repository_id, run_id)
    where jobs.is_executed and jobs.execution_seconds is not null

),

matched_jobs as (

    select * from {{ ref('int_jobs_matched_to_declarations') }}

),

needs as (

    select * from {{ ref('int_needs_followed_through_skipped_jobs') }}

),

declared_jobs as (

    select
        timed_jobs.*,
        matched_jobs.workflow_job_key as declared_key,
        coalesce(matched_jobs.is_workflow_call, false) as is_workflow_call
    from timed_jobs
    left join matched_jobs using (provider, repository_id, run_id, run_attempt, job_id)

),

ends_of_keys as (

    select
        provider,
        repository_id,
        run_id,
        run_attempt,
        declared_key as needed_key,
        max(completed_offset_seconds) as completed_offset_seconds
    from declared_jobs
    where declared_key is not null
    group by all

),

keys_ready as (

    select
        needs.provider,
        needs.repository_id,
        needs.run_id,
        needs.run_attempt,
        needs.workflow_job_key as declared_key,
        max(ends_of_keys.completed_offset_seconds) as ready_offset_seconds
    from needs
    inner join ends_of_keys using (provider, repository_id, run_id, run_attempt, needed_key)
    group by all

),

-- A file that names no job of the attempt, or by which a job began before its needs ended, is not the one that ran.
-- Two seconds: starts are cut and ends rounded up to whole ones.
sources_of_order as (

    select
        declared_jobs.provider,
        declared_jobs.repository_id,
        declared_jobs.run_id,
        declared_jobs.run_attempt,
        if(
            bool_and(
                declared_jobs.declared_key is not null
                and declared_jobs.started_offset_seconds >= coalesce(keys_ready.ready_offset_seconds, 0) - 2
            ),
            'yaml', 'inferred'
        ) as dag_source
    from declared_jobs
    left join keys_ready using (provider, repository_id, run_id, run_attempt, declared_key)
    group by all

),

-- What a called workflow needs inside itself is not in the caller's file: there, too, order is inferred.
placed_jobs as (

    select
        declared_jobs.*,
        sources_of_order.dag_source,
        sources_of_order.dag_source = 'inferred' or declared_jobs.is_workflow_call as is_order_inferred,
        if(sources_of_order.dag_source = 'yaml', declared_jobs.declared_key, '') as workflow_job_key,
        if(is_order_inferred, 'job ' || declared_jobs.job_id, declared_jobs.declared_key) as node_name
    from declared_jobs
    inner join sources_of_order using (provider, repository_id, run_id, run_attempt)

)

select * from placed_jobs
