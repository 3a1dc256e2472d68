with

failures as (

    select * from {{ ref('int_failures_classified') }}

),

in_context as (

    select
        provider,
        repository_id,
        repository_name,
        job_id,
        run_id,
        run_attempt,
        workflow_name,
        job_name,
        job_config_id,
        head_branch,
        is_default_branch,
        failure_class,
        failure_subclass,
        confidence,
        rule_name,
        message,
        failure_signature_id,
        is_retryable,
        completed_at,
        job_url,
        evidence_url,
        failed_step_name,
        failed_stage_name,
        iso_week_start_date
    from failures

)

select * from in_context
