with

repositories as (

    select
        moments.*,
        repositories.first_run_at
    from {{ ref('int_repositories_as_of') }} as moments
    inner join {{ ref('dim_repositories') }} as repositories using (provider, repository_id)

),

attempts as (

    select * from {{ ref('fct_run_attempts') }}

),

jobs as (

    select *
    from {{ ref('fct_jobs') }}
    where is_executed

),

path_jobs as (

    select * from {{ ref('fct_critical_paths') }}

),

periods as (

    {{ last_and_previous_30_days() }}

),

attempts_in_periods as (

    select
        attempts.*,
        periods.period_kind,
        cast(periods.window_start_at as date) as period_start_date
    from attempts
    inner join periods
        on
            attempts.provider = periods.provider
            and attempts.repository_id = periods.repository_id
            and attempts.created_at > periods.window_start_at
            and attempts.created_at <= periods.window_end_at

),

runs_counted as (

    select
        provider,
        repository_id,
        workflow_id,
        period_kind,
        period_start_date,
        any_value(repository_name) as repository_name,
        max_by(workflow_name, created_at) as workflow_name,
        count(*) filter (where run_attempt = 1) as run_count,
        count(wall_seconds) filter (where is_headline) as measured_run_count,
        {{ p50('wall_seconds', 'is_headline') }} as wall_seconds_p50,
        {{ p95('wall_seconds', 'is_headline') }} as wall_seconds_p95,
        {{ p50('lead_seconds', "result = 'success' or is_failure_like") }} as lead_seconds_p50,
        {{ p50('compute_seconds', 'is_headline') }} as compute_seconds_p50,
        {{ ratio(
            "count(*) filter (where is_last_attempt and result = 'success')",
            "count(*) filter (where is_last_attempt and (result = 'success' or is_failure_like))"
        ) }} as success_ratio,
        {{ ratio(
            "count(*) filter (where is_headline and result = 'success')", 'count(*) filter (where is_headline)'
        ) }} as first_attempt_success_ratio,
        {{ ratio(
            'count(*) filter (where run_attempt = 1 and attempt_count > 1)', 'count(*) filter (where run_attempt = 1)'
        ) }} as rerun_ratio,
        max_by(run_url, (wall_seconds, run_url)) filter (where is_headline and wall_seconds is not null)
            as slowest_run_url,
        max(wall_seconds) filter (where is_headline) as slowest_wall_seconds
    from attempts_in_periods
    group by all

),

paths_counted as (

    select
        attempts_in_periods.provider,
        attempts_in_periods.repository_id,
        attempts_in_periods.workflow_id,
        attempts_in_periods.period_kind,
        sum(path_jobs.execution_seconds) as execution_seconds,
        sum(path_jobs.runner_queue_seconds) as queued_seconds,
        sum(path_jobs.scheduling_seconds) as scheduling_seconds,
        sum(path_jobs.execution_seconds + path_jobs.runner_queue_seconds + path_jobs.scheduling_seconds)
            as path_seconds
    from attempts_in_periods
    inner join path_jobs using (provider, repository_id, run_id, run_attempt)
    where attempts_in_periods.is_headline
    group by all

),

jobs_counted as (

    select
        attempts_in_periods.provider,
        attempts_in_periods.repository_id,
        attempts_in_periods.workflow_id,
        attempts_in_periods.period_kind,
        {{ p50('jobs.queued_seconds') }} as queued_seconds_p50,
        {{ p95('jobs.queued_seconds') }} as queued_seconds_p95
    from attempts_in_periods
    inner join jobs using (provider, repository_id, run_id, run_attempt)
    group by all

),

final as (

    select
        runs_counted.provider,
        runs_counted.repository_id,
        runs_counted.repository_name,
        runs_counted.workflow_id,
        runs_counted.workflow_name,
        runs_counted.period_kind,
        runs_counted.period_start_date,
        runs_counted.run_count,
        runs_counted.measured_run_count,
        runs_counted.wall_seconds_p50,
        runs_counted.wall_seconds_p95,
        runs_counted.lead_seconds_p50,
        runs_counted.compute_seconds_p50,
        runs_counted.success_ratio,
        runs_counted.first_attempt_success_ratio,
        runs_counted.rerun_ratio,
        {{ ratio('paths_counted.execution_seconds', 'paths_counted.path_seconds') }} as path_execution_ratio,
        {{ ratio('paths_counted.queued_seconds', 'paths_counted.path_seconds') }} as path_queue_ratio,
        {{ ratio('paths_counted.scheduling_seconds', 'paths_counted.path_seconds') }} as path_scheduling_ratio,
        jobs_counted.queued_seconds_p50,
        jobs_counted.queued_seconds_p95,
        runs_counted.slowest_run_url,
        runs_counted.slowest_wall_seconds
    from runs_counted
    left join paths_counted using (provider, repository_id, workflow_id, period_kind)
    left join jobs_counted using (provider, repository_id, workflow_id, period_kind)

)

select * from final
