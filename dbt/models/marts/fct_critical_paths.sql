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

path_jobs as (

    select weighed.*
    from {{ ref('int_jobs_weighed_on_critical_path') }} as weighed
    semi join touched_runs using (provider, repository_id, run_id)
    where weighed.is_on_critical_path

),

jobs as (

    select * from {{ ref('int_jobs_in_context') }}

),

-- Between the need's end and the job's creation lies scheduling, between creation and start the queue.
offsets as (

    select
        *,
        least(ready_offset_seconds, started_offset_seconds) as path_ready_seconds,
        least(greatest(created_offset_seconds, path_ready_seconds), started_offset_seconds) as queue_offset_seconds
    from path_jobs

),

final as (

    select
        offsets.provider,
        offsets.repository_id,
        jobs.repository_name,
        offsets.run_id,
        offsets.run_attempt,
        jobs.workflow_id,
        jobs.workflow_name,
        offsets.job_id,
        jobs.job_name,
        jobs.job_family_name,
        offsets.path_position,
        count(*) over attempt as path_length_count,
        offsets.execution_seconds,
        offsets.started_offset_seconds - offsets.queue_offset_seconds as runner_queue_seconds,
        offsets.queue_offset_seconds - offsets.path_ready_seconds as scheduling_seconds,
        offsets.wall_seconds,
        offsets.dag_source,
        offsets.load_number
    from offsets
    inner join jobs using (provider, repository_id, job_id)
    window attempt as (partition by offsets.provider, offsets.repository_id, offsets.run_id, offsets.run_attempt)

)

select * from final
