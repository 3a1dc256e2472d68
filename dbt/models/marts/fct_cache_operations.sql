with

operations as (

    select * from {{ ref('int_cache_operations_placed_in_slots') }}

),

misses as (

    select * from {{ ref('int_cache_misses_recognised_by_key') }}

),

in_context as (

    select
        operations.provider,
        operations.repository_id,
        operations.repository_name,
        operations.job_id,
        operations.run_id,
        operations.run_attempt,
        operations.line_number,
        operations.workflow_name,
        operations.job_name,
        operations.job_config_id,
        operations.step_number,
        operations.step_name,
        operations.operation,
        operations.cache_outcome,
        operations.cache_tool,
        operations.requested_key,
        operations.restored_key,
        operations.key_template,
        operations.cache_slot_id,
        operations.cache_bytes,
        operations.operation_seconds,
        operations.started_at,
        operations.dependent_step_seconds,
        misses.is_evicted,
        misses.is_scope_miss,
        operations.iso_week_start_date
    from operations
    left join misses using (provider, repository_id, job_id, line_number)

)

select * from in_context
