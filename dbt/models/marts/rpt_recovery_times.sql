with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

-- An episode whose beginning is not known has no length; what was flaky was not mended.
episodes as (

    select recoveries.*
    from {{ ref('fct_recoveries') }} as recoveries
    inner join repositories using (provider, repository_id)
    where
        recoveries.failed_at > repositories.as_of_at - interval 90 day
        and recoveries.failed_at <= repositories.as_of_at

),

times as (

    select
        provider,
        repository_id,
        workflow_id,
        red_seconds,
        count(*) filter (where recovery_kind = 'recovery') as recovered_count,
        count(*) as episode_count
    from episodes
    where recovery_kind <> 'flaky_recovery' and is_start_known
    group by all

),

-- Kaplan and Meier: open episodes count as red for as long as they are known to be, and no longer.
at_risk as (

    select
        *,
        sum(episode_count) over (
            partition by provider, repository_id, workflow_id order by red_seconds desc
        ) as at_risk_count
    from times

),

survival as (

    select
        *,
        product(1 - recovered_count / at_risk_count) over (
            partition by provider, repository_id, workflow_id order by red_seconds
        ) as still_red_ratio
    from at_risk

),

medians as (

    select
        provider,
        repository_id,
        workflow_id,
        min(red_seconds) filter (where still_red_ratio <= 0.5 + 1e-9) as recovery_seconds_p50
    from survival
    group by all

),

counted as (

    select
        provider,
        repository_id,
        workflow_id,
        any_value(repository_name) as repository_name,
        arg_max(workflow_name, failed_at) as workflow_name,
        count(*) filter (where recovery_kind <> 'flaky_recovery') as episode_count,
        count(*) filter (where recovery_kind = 'recovery') as recovered_count,
        count(*) filter (where recovery_kind = 'open') as open_count,
        count(*) filter (where recovery_kind = 'flaky_recovery') as flaky_recovery_count,
        max(red_seconds) filter (where recovery_kind = 'open') as open_seconds
    from episodes
    group by all

),

final as (

    select
        provider,
        repository_id,
        counted.repository_name,
        workflow_id,
        counted.workflow_name,
        medians.recovery_seconds_p50,
        counted.episode_count,
        counted.recovered_count,
        counted.open_count,
        counted.open_seconds,
        counted.flaky_recovery_count
    from counted
    left join medians using (provider, repository_id, workflow_id)

)

select * from final
