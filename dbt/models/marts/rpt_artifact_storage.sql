with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

dim_repositories as (

    select * from {{ ref('dim_repositories') }}

),

artifacts as (

    select
        artifacts.provider,
        artifacts.repository_id,
        artifacts.repository_name,
        artifacts.run_id,
        artifacts.workflow_name,
        {{ key_template('artifacts.artifact_name') }} as artifact_family_name,
        artifacts.artifact_bytes,
        artifacts.created_at,
        artifacts.expires_at,
        {{ iso_week_start_date('artifacts.created_at') }} as iso_week_start_date,
        not artifacts.is_expired and coalesce(artifacts.expires_at > repositories.as_of_at, true) as is_live,
        epoch(artifacts.expires_at) - epoch(artifacts.created_at) as retention_seconds,
        least(coalesce(artifacts.expires_at, repositories.as_of_at), repositories.as_of_at) as held_until_at,
        -- What was made after the as-of date was held no time by then.
        artifacts.artifact_bytes / 1e9 * greatest(0, epoch(held_until_at) - epoch(artifacts.created_at)) / 3600
            as storage_gb_hours,
        repositories.as_of_at,
        repositories.window_start_at
    from {{ ref('fct_artifacts') }} as artifacts
    inner join repositories using (provider, repository_id)
    where artifacts.created_at is not null

),

in_periods as (

    {{ repeated_by_period('artifacts', 'created_at') }}

),

-- The 30 days before the last 30, where all of them are known: a family that is not in them had no bytes.
previous_30_days as (

    select
        artifacts.provider,
        artifacts.repository_id,
        artifacts.artifact_family_name,
        'last_30_days' as period_kind,
        cast(
            coalesce(
                sum(artifacts.artifact_bytes) filter (
                    where
                    artifacts.created_at > repositories.previous_window_start_at
                    and artifacts.created_at <= repositories.window_start_at
                ),
                0
            ) as bigint
        ) as previous_bytes
    from artifacts
    inner join dim_repositories using (provider, repository_id)
    inner join repositories using (provider, repository_id)
    where dim_repositories.first_run_at <= repositories.previous_window_start_at
    group by all

),

counted as (

    select
        provider,
        repository_id,
        repository_name,
        max_by(workflow_name, (created_at, workflow_name)) filter (where workflow_name is not null) as workflow_name,
        artifact_family_name,
        period_kind,
        period_start_date,
        count(*) as artifact_count,
        count(distinct run_id) as run_count,
        cast(sum(artifact_bytes) as bigint) as artifact_bytes_total,
        {{ p50('artifact_bytes') }} as artifact_bytes_p50,
        {{ p95('artifact_bytes') }} as artifact_bytes_p95,
        median(retention_seconds) as retention_seconds_p50,
        count(*) filter (where is_live) as live_count,
        cast(coalesce(sum(artifact_bytes) filter (where is_live), 0) as bigint) as live_bytes,
        count(*) filter (where not is_live) as expired_count,
        sum(storage_gb_hours order by created_at, artifact_bytes) as storage_gb_hours
    from in_periods
    group by provider, repository_id, repository_name, artifact_family_name, period_kind, period_start_date

),

final as (

    select
        counted.provider,
        counted.repository_id,
        counted.repository_name,
        counted.workflow_name,
        counted.artifact_family_name,
        counted.period_kind,
        counted.period_start_date,
        counted.artifact_count,
        counted.run_count,
        counted.artifact_bytes_total,
        counted.artifact_bytes_p50,
        counted.artifact_bytes_p95,
        {{ ratio('counted.artifact_bytes_total', 'counted.run_count') }} as run_bytes_mean,
        previous_30_days.previous_bytes,
        {{ measured(ratio('counted.artifact_bytes_total', 'previous_30_days.previous_bytes')) }} - 1 as growth_ratio,
        counted.retention_seconds_p50,
        counted.live_count as live_artifact_count,
        counted.live_bytes,
        counted.expired_count as expired_artifact_count,
        {{ measured('counted.storage_gb_hours') }} as storage_gb_hours,
        cast(null as bigint) as download_count
    from counted
    left join previous_30_days
        on
            counted.provider = previous_30_days.provider
            and counted.repository_id = previous_30_days.repository_id
            and counted.artifact_family_name = previous_30_days.artifact_family_name
            and counted.period_kind = previous_30_days.period_kind

)

select * from final
