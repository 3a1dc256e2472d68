with

executions_counted as (

    select * from {{ ref('int_test_executions_counted') }}

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

executions as (

    select
        executions_counted.*,
        runs.repository_name,
        runs.workflow_id,
        runs.workflow_name,
        runs.iso_week_start_date,
        jobs.job_family_name,
        test_steps.test_step_seconds
    from executions_counted
    inner join runs using (provider, repository_id, run_id)
    left join jobs
        on
            executions_counted.provider = jobs.provider
            and executions_counted.repository_id = jobs.repository_id
            and executions_counted.job_id = jobs.job_id
    left join test_steps
        on
            executions_counted.provider = test_steps.provider
            and executions_counted.repository_id = test_steps.repository_id
            and executions_counted.job_id = test_steps.job_id

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
        cast(sum(test_count) as bigint) as weekly_execution_count,
        cast(sum(failed_test_count) as bigint) as weekly_failed_count,
        cast(sum(retried_test_count) as bigint) as weekly_retried_count,
        cast(sum(skipped_test_count) as bigint) as weekly_skipped_count,
        sum(job_test_seconds order by job_test_seconds) as suite_seconds_total,
        {{ p50('job_test_seconds') }} as suite_seconds_p50,
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
