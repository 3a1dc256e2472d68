-- One row per test that is not healthy now, worst first.
with

onsets as (

    select
        provider,
        repository_id,
        test_id,
        onset_at,
        onset_sha,
        onset_ratio,
        before_suspects_sha,
        first_suspect_sha,
        last_suspect_sha,
        credible_commit_count
    from marts.rpt_flake_onsets

),

layouts as (

    select
        provider,
        repository_id,
        test_id,
        bool_or(is_shard_dependent) as is_shard_dependent,
        max(layout_shard_count) filter (where is_shard_dependent and layout_flake_count > 0) as flaky_shard_count
    from marts.rpt_flaky_test_layouts
    group by all

),

suspects as (

    select
        scores.repository_id,
        concat_ws('::', nullif(scores.class_name, ''), scores.test_name) as full_test_name,
        scores.suite_name,
        scores.file_path,
        scores.flakiness_class,
        scores.flake_score_ratio,
        scores.flake_rate_ratio,
        scores.flake_rate_ratio_low,
        scores.flake_rate_ratio_high,
        scores.confidence,
        scores.incident_count,
        scores.direct_incident_count,
        scores.bad_execution_count,
        scores.execution_count,
        scores.clean_execution_count,
        scores.last_incident_at,
        scores.top_evidence_code,
        scores.evidence_url,
        scores.test_id,
        onsets.onset_at,
        onsets.onset_sha,
        onsets.onset_ratio,
        onsets.before_suspects_sha,
        onsets.first_suspect_sha,
        onsets.last_suspect_sha,
        onsets.credible_commit_count,
        layouts.is_shard_dependent,
        layouts.flaky_shard_count
    from marts.fct_test_flakiness as scores
    left join onsets using (provider, repository_id, test_id)
    left join layouts using (provider, repository_id, test_id)
    where scores.is_current and scores.flakiness_class in ('broken', 'env_broken', 'flaky', 'suspect')

),

ranked as (

    select
        *,
        row_number() over (
            partition by repository_id
            order by
                list_position(['flaky', 'suspect', 'broken', 'env_broken'], flakiness_class),
                flake_score_ratio desc nulls last,
                bad_execution_count desc,
                full_test_name,
                test_id
        ) as suspect_rank,
        count(*) over (partition by repository_id) as matching_count
    from suspects

)

select * exclude (suspect_rank)
from ranked
where suspect_rank <= 200
order by repository_id, suspect_rank
