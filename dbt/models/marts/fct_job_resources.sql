with

samples as (

    select * from {{ ref('stg_telemetry_samples') }}

),

artifacts as (

    select * from {{ ref('int_artifacts_tied_to_jobs') }}

),

executed_jobs as (

    select *
    from {{ ref('int_jobs_in_context') }}
    where is_executed

),

samples_of_jobs as (

    select
        executed_jobs.provider,
        executed_jobs.repository_id,
        executed_jobs.repository_name,
        executed_jobs.job_id,
        executed_jobs.run_id,
        executed_jobs.run_attempt,
        executed_jobs.workflow_name,
        executed_jobs.job_name,
        executed_jobs.job_config_id,
        executed_jobs.execution_seconds,
        executed_jobs.iso_week_start_date,
        samples.artifact_id,
        samples.report_path,
        samples.sample_number,
        samples.sampled_at,
        samples.interval_seconds,
        samples.cpu_ratio,
        samples.cpu_count,
        samples.cpu_busy_seconds_total,
        samples.io_read_bytes_total,
        samples.io_write_bytes_total,
        samples.memory_bytes,
        samples.memory_total_bytes,
        samples.disk_used_bytes,
        samples.disk_used_ratio,
        samples.machine_memory_ratio,
        samples.network_received_bytes_total,
        samples.network_sent_bytes_total
    from samples
    inner join artifacts using (provider, repository_id, artifact_id)
    inner join executed_jobs
        on
            artifacts.provider = executed_jobs.provider
            and artifacts.repository_id = executed_jobs.repository_id
            and artifacts.job_id = executed_jobs.job_id

),

samples_beside_previous as (

    select
        *,
        epoch(sampled_at) - epoch(lag(sampled_at) over file_order) as gap_seconds,
        network_received_bytes_total - lag(network_received_bytes_total) over file_order as received_bytes,
        network_sent_bytes_total - lag(network_sent_bytes_total) over file_order as sent_bytes,
        cpu_busy_seconds_total - lag(cpu_busy_seconds_total) over file_order as busy_seconds,
        io_read_bytes_total - lag(io_read_bytes_total) over file_order as read_bytes,
        io_write_bytes_total - lag(io_write_bytes_total) over file_order as written_bytes
    from samples_of_jobs
    window file_order as (
        partition by provider, repository_id, artifact_id, report_path
        order by sampled_at, sample_number
    )

),

-- A counter that falls was set to 0 and begins anew; a long gap was not watched.
resources as (

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
        iso_week_start_date,
        {{ p50('cpu_ratio') }} as cpu_ratio_p50,
        {{ p95('cpu_ratio') }} as cpu_ratio_p95,
        sum(busy_seconds order by busy_seconds) filter (where busy_seconds >= 0) as cpu_busy_seconds,
        max(memory_bytes) as memory_bytes_max,
        {{ p95('memory_bytes') }} as memory_bytes_p95,
        max(memory_total_bytes) as memory_total_bytes,
        max(machine_memory_ratio) as machine_memory_ratio_max,
        max(disk_used_bytes) as disk_used_bytes_max,
        max(disk_used_ratio) as disk_used_ratio_max,
        cast(sum(read_bytes) filter (where read_bytes >= 0) as bigint) as io_read_bytes,
        cast(sum(written_bytes) filter (where written_bytes >= 0) as bigint) as io_write_bytes,
        cast(sum(received_bytes) filter (where received_bytes >= 0) as bigint) as network_received_bytes,
        cast(sum(sent_bytes) filter (where sent_bytes >= 0) as bigint) as network_sent_bytes,
        max(cpu_count) as cpu_count,
        count(*) as sample_count,
        -- Of a job that has not ended nothing is known here: least() of a null would be 1.
        case
            when any_value(execution_seconds) > 0
                then least(
                    1.0,
                    coalesce(sum(gap_seconds) filter (where gap_seconds <= 3 * coalesce(interval_seconds, 1)), 0)
                    / any_value(execution_seconds)
                )
        end as covered_ratio
    from samples_beside_previous
    group by
        provider, repository_id, repository_name, job_id, run_id, run_attempt, workflow_name, job_name, job_config_id,
        iso_week_start_date

)

select * from resources
