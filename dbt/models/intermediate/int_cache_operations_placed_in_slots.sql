with

operations as (

    select * from {{ ref('stg_cache_operations') }}

),

executed_jobs as (

    select *
    from {{ ref('int_jobs_in_context') }}
    where is_executed

),

steps as (

    select * from {{ ref('int_steps_in_stages') }}

),

-- A carried-over job brings its old log along: its lookups were counted when they happened.
operations_of_executed_jobs as (

    select
        operations.provider,
        operations.repository_id,
        executed_jobs.repository_name,
        operations.job_id,
        operations.run_id,
        operations.run_attempt,
        operations.line_number,
        executed_jobs.workflow_id,
        executed_jobs.workflow_name,
        executed_jobs.workflow_path,
        executed_jobs.job_name,
        executed_jobs.job_config_id,
        executed_jobs.head_branch,
        executed_jobs.is_default_branch,
        executed_jobs.started_at as job_started_at,
        executed_jobs.iso_week_start_date,
        operations.step_number,
        steps.step_name,
        operations.operation,
        operations.cache_outcome,
        operations.cache_tool,
        operations.requested_key,
        operations.restored_key,
        operations.cache_bytes,
        {{ seconds_between('operations.started_at', 'operations.completed_at') }} as operation_seconds,
        operations.started_at
    from operations
    inner join executed_jobs using (provider, repository_id, job_id)
    left join steps
        on
            operations.provider = steps.provider
            and operations.repository_id = steps.repository_id
            and operations.job_id = steps.job_id
            and operations.step_number = steps.step_number

),

restores as (

    select *
    from operations_of_executed_jobs
    where operation = 'restore'

),

steps_of_keys as (

    select
        provider,
        repository_id,
        job_id,
        requested_key,
        min_by(step_name, line_number) as step_name
    from restores
    group by all

),

-- What a step saves is saved by its post step: both are the step that asked for the key.
operations_named_by_step as (

    select
        operations_of_executed_jobs.*,
        coalesce(
            regexp_replace(operations_of_executed_jobs.step_name, '^Post ', ''),
            steps_of_keys.step_name,
            operations_of_executed_jobs.cache_tool
        ) as slot_step_name
    from operations_of_executed_jobs
    left join steps_of_keys using (provider, repository_id, job_id, requested_key)

),

keys_of_steps as (

    select
        provider,
        repository_id,
        job_id,
        slot_step_name,
        min(requested_key) as requested_key
    from operations_named_by_step
    where operation = 'restore'
    group by all

),

-- A post step that saved nothing may not name the key it did not save.
operations_with_templates as (

    select
        operations_named_by_step.*,
        {{ key_template('coalesce(operations_named_by_step.requested_key, keys_of_steps.requested_key)') }}
            as key_template
    from operations_named_by_step
    left join keys_of_steps using (provider, repository_id, job_id, slot_step_name)

),

-- Skipped for an exact hit is what a cache is for: 0 s, and measured. One that failed took no comparable time.
dependent_steps as (

    select
        provider,
        repository_id,
        job_id,
        step_number,
        case
            when result = 'skip' then 0
            when result = 'success' then {{ seconds_between('started_at', 'completed_at') }}
        end as step_seconds
    from steps
    where stage_name in ('deps', 'build')

),

dependent_steps_of_restores as (

    select
        operations_with_templates.provider,
        operations_with_templates.repository_id,
        operations_with_templates.job_id,
        operations_with_templates.line_number,
        min_by(
            struct_pack(step_seconds := dependent_steps.step_seconds), dependent_steps.step_number
        ).step_seconds as dependent_step_seconds
    from operations_with_templates
    inner join dependent_steps
        on
            operations_with_templates.provider = dependent_steps.provider
            and operations_with_templates.repository_id = dependent_steps.repository_id
            and operations_with_templates.job_id = dependent_steps.job_id
            and operations_with_templates.step_number < dependent_steps.step_number
    where operations_with_templates.operation = 'restore'
    group by all

),

placed as (

    select
        operations_with_templates.*,
        md5(concat_ws(
            '|',
            operations_with_templates.repository_id,
            operations_with_templates.workflow_path,
            operations_with_templates.job_name,
            operations_with_templates.slot_step_name,
            coalesce(operations_with_templates.key_template, '')
        )) as cache_slot_id,
        dependent_steps_of_restores.dependent_step_seconds
    from operations_with_templates
    left join dependent_steps_of_restores using (provider, repository_id, job_id, line_number)

)

select * from placed
