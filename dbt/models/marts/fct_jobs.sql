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

jobs as (

    select
        jobs.*,
        touched_runs.load_number
    from {{ ref('int_jobs_in_context') }} as jobs
    inner join touched_runs using (provider, repository_id, run_id)

),

ordered_jobs as (

    select * from {{ ref('int_jobs_weighed_on_critical_path') }}

),

replays as (

    select * from {{ ref('int_attempts_replayed_with_faster_jobs') }}

),

steps as (

    select * from {{ ref('stg_steps') }}

),

failures as (

    select * from {{ ref('int_failures_classified') }}

),

logs as (

    select * from {{ ref('stg_job_logs') }}

),

drags as (

    select
        ordered_jobs.provider,
        ordered_jobs.repository_id,
        ordered_jobs.job_id,
        ordered_jobs.wall_seconds - replays.replayed_wall_seconds as drag_seconds
    from ordered_jobs
    inner join replays
        on
            ordered_jobs.provider = replays.provider
            and ordered_jobs.repository_id = replays.repository_id
            and ordered_jobs.run_id = replays.run_id
            and ordered_jobs.run_attempt = replays.run_attempt
            and replays.replay_kind = 'without_job'
            and replays.subject_name = cast(ordered_jobs.job_id as varchar)

),

-- Steps the runner adds by itself. Where the service lists none of them their time is unknown.
steps_counted as (

    select
        provider,
        repository_id,
        job_id,
        min(started_at) as first_step_started_at,
        sum({{ seconds_between('started_at', 'completed_at') }}) filter (
            where regexp_matches(step_name, '^(Set up job|Initialize containers|Stop containers|Complete job|Post .*)$')
        ) as setup_seconds
    from steps
    group by all

),

jobs_in_order as (

    select
        jobs.*,
        epoch(jobs.started_at) - epoch(jobs.attempt_started_at) as started_offset_seconds,
        epoch(jobs.created_at) - epoch(jobs.attempt_started_at) as created_offset_seconds,
        ordered_jobs.ready_offset_seconds as needs_ended_offset_seconds,
        ordered_jobs.dag_source = 'yaml' or ordered_jobs.blocking_job_id is not null as is_order_known,
        ordered_jobs.dag_source,
        coalesce(ordered_jobs.is_on_critical_path, false) as is_on_critical_path,
        ordered_jobs.slack_seconds
    from jobs
    left join ordered_jobs using (provider, repository_id, run_id, run_attempt, job_id)

),

-- A start up to two seconds before the need's end is a rounding. A job made before it could begin queues from then on.
-- Of a job without a place in the order nothing is known but its own two clocks: least() of a null would be its start.
-- Of one whose creation is not known it is not known when it began to queue: greatest() would pass over the null.
offsets as (

    select
        *,
        case
            when needs_ended_offset_seconds is not null then least(needs_ended_offset_seconds, started_offset_seconds)
        end as ready_offset_seconds,
        case
            when created_offset_seconds is not null then greatest(created_offset_seconds, ready_offset_seconds, 0)
        end as queue_offset_seconds
    from jobs_in_order

),

waits as (

    select
        *,
        case when is_executed and is_order_known then ready_offset_seconds end as dependency_wait_seconds,
        cast(null as double) as approval_wait_seconds,
        cast(null as double) as concurrency_wait_seconds,
        case
            when is_executed and is_order_known and queue_offset_seconds <= started_offset_seconds
                then queue_offset_seconds - ready_offset_seconds
        end as scheduling_wait_seconds,
        case
            when is_executed and queue_offset_seconds <= started_offset_seconds
                then started_offset_seconds - queue_offset_seconds
        end as runner_queue_seconds
    from offsets

),

waits_explained as (

    select
        *,
        case
            when is_executed
                then
                    started_offset_seconds
                    - coalesce(dependency_wait_seconds, 0)
                    - coalesce(approval_wait_seconds, 0)
                    - coalesce(concurrency_wait_seconds, 0)
                    - coalesce(scheduling_wait_seconds, 0)
                    - coalesce(runner_queue_seconds, 0)
        end as unexplained_wait_seconds
    from waits

),

final as (

    select
        waits_explained.provider,
        waits_explained.repository_id,
        waits_explained.repository_name,
        waits_explained.run_id,
        waits_explained.run_attempt,
        waits_explained.job_id,
        waits_explained.workflow_id,
        waits_explained.workflow_name,
        waits_explained.workflow_path,
        waits_explained.job_name,
        waits_explained.job_config_id,
        waits_explained.job_family_name,
        waits_explained.branch_class,
        waits_explained.status,
        waits_explained.result,
        waits_explained.provider_result,
        waits_explained.is_failure_like,
        waits_explained.is_executed,
        waits_explained.is_carried_over,
        waits_explained.is_never_started,
        failures.failure_class,
        failures.message as failure_message,
        failures.failure_signature_id,
        failures.is_retryable as is_retryable_failure,
        waits_explained.created_at,
        waits_explained.started_at,
        waits_explained.completed_at,
        waits_explained.attempt_started_at,
        waits_explained.execution_seconds,
        waits_explained.queued_seconds,
        waits_explained.has_negative_duration,
        waits_explained.dependency_wait_seconds,
        waits_explained.approval_wait_seconds,
        waits_explained.concurrency_wait_seconds,
        waits_explained.scheduling_wait_seconds,
        waits_explained.runner_queue_seconds,
        waits_explained.unexplained_wait_seconds,
        case when waits_explained.is_executed then steps_counted.setup_seconds end as setup_seconds,
        case when waits_explained.is_executed then steps_counted.first_step_started_at end as first_step_started_at,
        waits_explained.dag_source,
        waits_explained.is_on_critical_path,
        waits_explained.slack_seconds,
        case
            when waits_explained.slack_seconds is not null then coalesce(drags.drag_seconds, 0)
        end as drag_seconds,
        waits_explained.job_url,
        logs.job_id is not null as has_log,
        waits_explained.iso_week_start_date,
        waits_explained.load_number
    from waits_explained
    left join drags using (provider, repository_id, job_id)
    left join steps_counted using (provider, repository_id, job_id)
    left join failures using (provider, repository_id, job_id)
    left join logs using (provider, repository_id, job_id)

)

select * from final
