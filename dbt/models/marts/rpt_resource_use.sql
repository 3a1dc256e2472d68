with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

jobs as (

    select *
    from {{ ref('fct_jobs') }}
    where is_executed

),

resources as (

    select * from {{ ref('fct_job_resources') }}

),

-- A job without telemetry is a row, too: what share of all was watched says how far the figures carry.
jobs_beside_telemetry as (

    select
        jobs.provider,
        jobs.repository_id,
        jobs.repository_name,
        jobs.workflow_id,
        jobs.workflow_name,
        jobs.job_config_id,
        jobs.job_name,
        jobs.started_at,
        jobs.iso_week_start_date,
        jobs.failure_class,
        jobs.is_on_critical_path,
        jobs.execution_seconds,
        resources.job_id is not null as is_watched,
        resources.covered_ratio,
        resources.cpu_count,
        resources.cpu_ratio_p50,
        resources.cpu_ratio_p95,
        resources.cpu_busy_seconds,
        resources.memory_total_bytes,
        resources.memory_bytes_max,
        coalesce(
            resources.memory_bytes_max / resources.memory_total_bytes, resources.machine_memory_ratio_max
        ) as memory_ratio,
        resources.disk_used_bytes_max,
        resources.disk_used_ratio_max,
        resources.network_received_bytes,
        resources.network_sent_bytes,
        repositories.as_of_at,
        repositories.window_start_at
    from jobs
    inner join repositories using (provider, repository_id)
    left join resources using (provider, repository_id, job_id)

),

in_periods as (

    {{ repeated_by_period('jobs_beside_telemetry') }}

),

final as (

    select
        provider,
        repository_id,
        repository_name,
        workflow_id,
        max_by(workflow_name, started_at) as workflow_name,
        job_config_id,
        max_by(job_name, (started_at, job_name)) as job_name,
        period_kind,
        period_start_date,
        count(*) as billed_job_count,
        count(*) filter (where is_watched) as watched_job_count,
        {{ ratio('count(*) filter (where is_watched)', 'count(*)') }} as watched_job_ratio,
        min(started_at) filter (where is_watched) as first_watched_at,
        max(started_at) filter (where is_watched) as last_watched_at,
        avg(covered_ratio order by covered_ratio) as covered_ratio_mean,
        max(cpu_count) as cpu_count,
        count(cpu_ratio_p95) as cpu_measured_job_count,
        {{ p50('cpu_ratio_p50') }} as job_cpu_ratio_p50,
        {{ p95('cpu_ratio_p95') }} as job_cpu_ratio_p95,
        avg(cpu_busy_seconds order by cpu_busy_seconds) as cpu_busy_seconds_mean,
        -- Time in which all processors could have worked, of the jobs whose work was measured.
        {{ ratio(
            'sum(cpu_busy_seconds order by cpu_busy_seconds)',
            'sum(execution_seconds * covered_ratio * cpu_count order by execution_seconds, covered_ratio)'
            ' filter (where cpu_busy_seconds is not null)'
        ) }} as cpu_busy_ratio,
        max(memory_total_bytes) as memory_total_bytes,
        {{ p50('memory_bytes_max') }} as job_memory_bytes_p50,
        max(memory_bytes_max) as memory_bytes_max,
        max(memory_ratio) as memory_ratio_max,
        count(*) filter (where memory_ratio >= 0.9) as near_memory_limit_job_count,
        count(*) filter (where failure_class = 'oom') as oom_job_count,
        max(disk_used_bytes_max) as disk_used_bytes_max,
        max(disk_used_ratio_max) as disk_used_ratio_max,
        avg(network_received_bytes order by network_received_bytes) as network_received_bytes_mean,
        avg(network_sent_bytes order by network_sent_bytes) as network_sent_bytes_mean,
        {{ p50('execution_seconds') }} as execution_seconds_p50,
        {{ ratio('count(*) filter (where is_on_critical_path)', 'count(*)') }} as on_critical_path_ratio
    from in_periods
    group by provider, repository_id, repository_name, workflow_id, job_config_id, period_kind, period_start_date

)

select * from final
