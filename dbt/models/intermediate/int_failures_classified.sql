with

jobs as (

    select * from {{ ref('int_jobs_in_context') }}

),

findings as (

    select * from {{ ref('stg_log_findings') }}

),

annotations as (

    select * from {{ ref('stg_annotations') }}

),

verdicts as (

    select * from {{ ref('int_test_tries_collapsed') }}

),

steps as (

    select * from {{ ref('int_steps_in_stages') }}

),

logs as (

    select * from {{ ref('stg_job_logs') }}

),

failed_jobs as (

    select *
    from jobs
    where is_executed and is_failure_like

),

runs_with_logs as (

    select distinct
        provider,
        repository_id,
        run_id
    from logs

),

steps_counted as (

    select
        provider,
        repository_id,
        job_id,
        count(*) as step_count,
        min_by(step_name, step_number) filter (where result in ('failure', 'timeout', 'error')) as failed_step_name,
        min_by(stage_name, step_number) filter (where result in ('failure', 'timeout', 'error')) as failed_stage_name
    from steps
    group by all

),

causes_by_annotation as (

    select
        provider,
        repository_id,
        job_id,
        case
            when regexp_matches(message, '(?i)lost communication with the server|received a shutdown signal')
                then 'runner_lost'
            when regexp_matches(message, '(?i)exceeded the maximum execution time|has timed out after \d+ minutes')
                then 'timeout'
            when regexp_matches(message, '(?i)no space left on device')
                then 'disk'
        end as failure_class,
        cast(null as varchar) as failure_subclass,
        'high' as confidence,
        'annotation' as rule_name,
        message,
        cast(null as varchar) as failure_signature_id
    from annotations

),

causes_by_result as (

    select
        provider,
        repository_id,
        job_id,
        if(result = 'timeout', 'timeout', 'infra_service') as failure_class,
        cast(null as varchar) as failure_subclass,
        'high' as confidence,
        'job_result' as rule_name,
        cast(null as varchar) as message,
        cast(null as varchar) as failure_signature_id
    from failed_jobs
    where result in ('timeout', 'error')

),

causes_by_log as (

    select
        provider,
        repository_id,
        job_id,
        failure_class,
        failure_subclass,
        confidence,
        rule_name,
        message,
        failure_signature_id
    from findings

),

causes_by_test_report as (

    select
        provider,
        repository_id,
        job_id,
        'test' as failure_class,
        cast(null as varchar) as failure_subclass,
        'high' as confidence,
        'test_report' as rule_name,
        min(message) as message,
        cast(null as varchar) as failure_signature_id
    from verdicts
    where outcome in ('failed', 'error') and job_id is not null
    group by all

),

-- The step's kind is the last resort: where there is no log it is all there is.
causes_by_stage as (

    select
        provider,
        repository_id,
        job_id,
        case
            when failed_stage_name = 'lint' then 'lint'
            when failed_stage_name in ('unit_test', 'integration_test', 'e2e') then 'test'
            when failed_stage_name = 'build' then 'compile'
            when failed_stage_name = 'deps' then 'dependency'
            when failed_stage_name in ('deploy', 'publish') then 'deploy'
        end as failure_class,
        cast(null as varchar) as failure_subclass,
        'low' as confidence,
        'failed_stage' as rule_name,
        cast(null as varchar) as message,
        cast(null as varchar) as failure_signature_id
    from steps_counted

),

-- No step failed and the log never came, while other jobs of the run have theirs: the machine went away.
causes_by_silence as (

    select
        failed_jobs.provider,
        failed_jobs.repository_id,
        failed_jobs.job_id,
        'runner_lost' as failure_class,
        'no step failed and there is no log' as failure_subclass,
        'low' as confidence,
        'silence' as rule_name,
        cast(null as varchar) as message,
        cast(null as varchar) as failure_signature_id
    from failed_jobs
    inner join steps_counted using (provider, repository_id, job_id)
    semi join runs_with_logs using (provider, repository_id, run_id)
    anti join logs using (provider, repository_id, job_id)
    where steps_counted.failed_step_name is null

),

causes as (

    select
        *,
        1 as evidence_rank
    from causes_by_annotation
    union all
    select
        *,
        2 as evidence_rank
    from causes_by_result
    union all
    select
        *,
        3 as evidence_rank
    from causes_by_log
    union all
    select
        *,
        4 as evidence_rank
    from causes_by_test_report
    union all
    select
        *,
        5 as evidence_rank
    from causes_by_stage
    union all
    select
        *,
        6 as evidence_rank
    from causes_by_silence

),

-- The cause precedes the symptom: a job out of memory fails its tests too.
causes_ranked as (

    select
        *,
        list_position(
            [
                'runner_lost', 'timeout', 'oom', 'disk', 'network', 'rate_limit', 'auth', 'infra_service',
                'dependency', 'compile', 'lint', 'test', 'deploy', 'config', 'unknown'
            ],
            failure_class
        ) as class_rank,
        evidence_rank >= 5 or failure_class = 'unknown' as is_last_resort
    from causes
    where failure_class is not null

),

first_causes as (

    select *
    from causes_ranked
    where class_rank is not null
    qualify row_number() over (
        partition by provider, repository_id, job_id
        order by is_last_resort, class_rank, evidence_rank, message
    ) = 1

),

classified as (

    select
        failed_jobs.*,
        coalesce(first_causes.failure_class, 'unknown') as failure_class,
        first_causes.failure_subclass,
        coalesce(first_causes.confidence, 'low') as confidence,
        first_causes.rule_name,
        first_causes.message,
        first_causes.failure_signature_id,
        coalesce(first_causes.failure_class in ('runner_lost', 'network', 'rate_limit', 'infra_service'), false)
            as is_retryable,
        steps_counted.failed_step_name,
        steps_counted.failed_stage_name,
        -- A line that tells another cause than the one that stands is no evidence of it.
        coalesce(
            if(findings.failure_class in (first_causes.failure_class, 'unknown'), findings.line_url, null),
            failed_jobs.job_url
        ) as evidence_url
    from failed_jobs
    left join first_causes using (provider, repository_id, job_id)
    left join steps_counted using (provider, repository_id, job_id)
    left join findings using (provider, repository_id, job_id)

)

select * from classified
