-- One row per episode of a red default branch, the open ones first, then the latest, with the median of its workflow.
with

ranked as (

    select
        recoveries.repository_id,
        recoveries.workflow_name,
        recoveries.recovery_kind,
        recoveries.is_start_known,
        recoveries.failed_at,
        recoveries.recovered_at,
        recoveries.red_seconds,
        recoveries.failed_run_count,
        recoveries.failure_class,
        recoveries.last_good_sha,
        recoveries.first_bad_sha,
        recoveries.suspect_commit_count,
        recoveries.recovered_sha,
        recoveries.recovered_run_url,
        recoveries.evidence_url,
        times.recovery_seconds_p50,
        times.episode_count,
        times.open_count,
        times.flaky_recovery_count,
        row_number() over (
            partition by recoveries.repository_id
            order by recoveries.recovery_kind = 'open' desc, recoveries.failed_at desc, recoveries.recovery_id
        ) as episode_rank,
        count(*) over (partition by recoveries.repository_id) as matching_count
    from marts.fct_recoveries as recoveries
    left join marts.rpt_recovery_times as times using (provider, repository_id, workflow_id)

)

select * exclude (episode_rank)
from ranked
where episode_rank <= 100
order by repository_id, episode_rank
