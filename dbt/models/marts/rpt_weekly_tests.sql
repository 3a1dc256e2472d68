with

verdicts as (

    select * from {{ ref('int_test_tries_collapsed') }}

),

jobs as (

    select * from {{ ref('fct_jobs') }}

),

runs as (

    select * from {{ ref('int_runs_in_context') }}

),

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

test_steps as (

    select
        provider,
        repository_id,
        job_id,
        sum(step_seconds) as test_step_seconds
    from {{ ref('fct_steps') }}
    where stage_name in ('unit_test', 'integration_test', 'e2e')
    group by all

),

verdicts_by_execution as (

    select
        provider,
        repository_id,
        run_id,
        execution_id,
        any_value(job_id) as job_id,
        count(*) filter (where outcome <> 'skipped') as run_count,
        count(*) filter (where outcome in ('failed', 'error')) as failed_count,
        count(*) filter (where outcome = 'flaky_passed') as retried_count,
        count(*) filter (where outcome = 'skipped') as skipped_count,
        round(sum(test_seconds), 6) as test_seconds
    from verdicts
    group by all

),

executions as (

    select
        verdicts_by_execution.*,
        runs.repository_name,
        runs.workflow_id,
        runs.workflow_name,
        runs.iso_week_start_date,
        jobs.job_family_name,
        test_steps.test_step_seconds
    from verdicts_by_execution
    inner join runs using (provider, repository_id, run_id)
    left join jobs
        on
            verdicts_by_execution.provider = jobs.provider
            and verdicts_by_execution.repository_id = jobs.repository_id
            and verdicts_by_execution.job_id = jobs.job_id
    left join test_steps
        on
            verdicts_by_execution.provider = test_steps.provider
            and verdicts_by_execution.repository_id = test_steps.repository_id
            and verdicts_by_execution.job_id = test_steps.job_id

),

weeks as (

    select
        provider,
        repository_id,
        repository_name,
        workflow_id,
        max(workflow_name) as workflow_name,
        job_family_name,
        iso_week_start_date,
        count(*) as report_job_count,
        cast(sum(run_count) as bigint) as weekly_execution_count,
        cast(sum(failed_count) as bigint) as weekly_failed_count,
        cast(sum(retried_count) as bigint) as weekly_retried_count,
        cast(sum(skipped_count) as bigint) as weekly_skipped_count,
        sum(test_seconds order by test_seconds) as suite_seconds_total,
        {{ p50('test_seconds') }} as suite_seconds_p50,
        {{ p50('test_step_seconds') }} as suite_wall_seconds_p50
    from executions
    group by all

),

with_ratios as (

    select
        weeks.*,
        {{ ratio('weeks.weekly_failed_count', 'weeks.weekly_execution_count') }} as failed_ratio,
        {{ ratio('weeks.weekly_skipped_count', '(weeks.weekly_execution_count + weeks.weekly_skipped_count)') }}
            as skipped_ratio,
        weeks.iso_week_start_date + interval 8 day <= repositories.as_of_at as is_week_complete
    from weeks
    inner join repositories using (provider, repository_id)

)

select * from with_ratios
