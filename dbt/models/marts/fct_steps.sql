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

classified_steps as (

    select * from {{ ref('int_steps_in_stages') }}

),

runs_to_make as (

    select
        provider,
        repository_id,
        run_id
    from touched_runs
    {% if is_incremental() %}
    -- A changed rule moves steps of old runs, too.
    union
    select distinct
        made_before.provider,
        made_before.repository_id,
        made_before.run_id
    from {{ this }} as made_before
    inner join classified_steps using (provider, repository_id, job_id, step_number)
    where made_before.stage_name <> classified_steps.stage_name
    {% endif %}

),

jobs as (

    select * from {{ ref('int_jobs_in_context') }}

),

load_numbers as (

    select * from {{ ref('int_runs_numbered_by_load') }}

),

final as (

    select
        steps.provider,
        steps.repository_id,
        jobs.repository_name,
        steps.run_id,
        steps.run_attempt,
        steps.job_id,
        steps.step_number,
        steps.step_name,
        steps.stage_name,
        steps.result,
        steps.started_at,
        steps.completed_at,
        case
            when jobs.is_executed and coalesce(steps.result <> 'skip', true)
                then {{ seconds_between('steps.started_at', 'steps.completed_at') }}
        end as step_seconds,
        jobs.is_carried_over,
        load_numbers.load_number
    from classified_steps as steps
    semi join runs_to_make using (provider, repository_id, run_id)
    inner join jobs using (provider, repository_id, job_id)
    inner join load_numbers
        on
            steps.provider = load_numbers.provider
            and steps.repository_id = load_numbers.repository_id
            and steps.run_id = load_numbers.run_id

)

select * from final
