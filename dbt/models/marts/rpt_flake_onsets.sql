with

suspects as (

    {{ flake_suspects() }}

),

runs as (

    select *
    from {{ ref('int_runs_in_context') }}
    where is_default_branch

),

executions as (

    select *
    from {{ ref('int_test_executions_judged') }}
    where not is_mass_failure

),

verdicts as (

    select
        verdicts.provider,
        verdicts.repository_id,
        verdicts.test_id,
        verdicts.test_config_id,
        verdicts.run_id,
        verdicts.outcome,
        runs.head_sha,
        runs.created_at
    from {{ ref('int_test_tries_collapsed') }} as verdicts
    semi join executions using (provider, repository_id, execution_id)
    inner join suspects
        on
            verdicts.provider = suspects.provider
            and verdicts.repository_id = suspects.repository_id
            and verdicts.test_id = suspects.test_id
            and verdicts.executed_at > suspects.as_of_at - interval {{ flake_parameter('onset_window_days') }} day
            and verdicts.executed_at <= suspects.as_of_at
    inner join runs
        on
            verdicts.provider = runs.provider
            and verdicts.repository_id = runs.repository_id
            and verdicts.run_id = runs.run_id
    where verdicts.outcome <> 'skipped'

),

-- What was said of a run last: its neighbours were known by then.
evidence as (

    select
        provider,
        repository_id,
        test_id,
        judgements.test_config_id,
        judgements.run_id,
        arg_max(judgements.probability_ratio, judgements.as_of_at) >= {{ flake_parameter('incident_ratio') }}
            as is_incident
    from {{ ref('fct_flake_evidence') }} as judgements
    semi join suspects using (provider, repository_id, test_id)
    group by all

),

-- A failure that was none of the test's own says neither that it was flaky nor that it was not.
commits as (

    select
        verdicts.provider,
        verdicts.repository_id,
        verdicts.test_id,
        verdicts.head_sha,
        min(verdicts.created_at) as commit_at,
        count(*) as execution_count,
        count(*) filter (where verdicts.outcome <> 'passed') as flake_count
    from verdicts
    left join evidence using (provider, repository_id, test_id, test_config_id, run_id)
    where verdicts.outcome = 'passed' or coalesce(evidence.is_incident, false)
    group by all

),

commits_split as (

    select
        *,
        row_number() over history as commit_number,
        count(*) over test as commit_count,
        lag(head_sha) over history as commit_before_sha,
        sum(execution_count) over before as before_execution_count,
        sum(flake_count) over before as before_flake_count,
        sum(execution_count) over since as since_execution_count,
        sum(flake_count) over since as since_flake_count
    from commits
    window
        test as (partition by provider, repository_id, test_id),
        history as (partition by provider, repository_id, test_id order by commit_at, head_sha),
        before as (
            partition by provider, repository_id, test_id
            order by commit_at, head_sha
            rows between unbounded preceding and 1 preceding
        ),
        since as (
            partition by provider, repository_id, test_id
            order by commit_at, head_sha
            rows between current row and unbounded following
        )

),

-- Chance of what was seen had the rate changed at this commit, by its chance with one rate throughout. Rates are
-- unknown, and distributed as the score takes those of flaky tests to be.
commits_weighed as (

    select
        *,
        exp(
            {{ log_evidence_of_rate('before_flake_count', 'before_execution_count') }}
            + {{ log_evidence_of_rate('since_flake_count', 'since_execution_count') }}
            - {{ log_evidence_of_rate(
                '(before_flake_count + since_flake_count)', '(before_execution_count + since_execution_count)'
            ) }}
        ) / (commit_count - 1) as change_weight,
        since_flake_count * before_execution_count > before_flake_count * since_execution_count as is_rise
    from commits_split
    where commit_number > 1

),

tests_weighed as (

    select
        provider,
        repository_id,
        test_id,
        any_value(commit_count) as commit_count,
        coalesce(sum(change_weight) filter (where is_rise), 0) as rise_weight,
        sum(change_weight) as all_weight
    from commits_weighed
    group by all

),

rises_in_order as (

    select
        commits_weighed.*,
        tests_weighed.rise_weight,
        row_number() over likeliest as likelihood_rank,
        sum(commits_weighed.change_weight) over likeliest - commits_weighed.change_weight as likelier_weight
    from commits_weighed
    inner join tests_weighed using (provider, repository_id, test_id)
    where commits_weighed.is_rise
    window likeliest as (
        partition by commits_weighed.provider, commits_weighed.repository_id, commits_weighed.test_id
        order by commits_weighed.change_weight desc, commits_weighed.commit_number asc
        rows between unbounded preceding and current row
    )

),

credible_sets as (

    select
        provider,
        repository_id,
        test_id,
        arg_min(head_sha, likelihood_rank) as onset_sha,
        arg_min(commit_at, likelihood_rank) as onset_at,
        arg_min(before_execution_count, likelihood_rank) as before_execution_count,
        arg_min(before_flake_count, likelihood_rank) as before_flake_count,
        arg_min(since_execution_count, likelihood_rank) as since_execution_count,
        arg_min(since_flake_count, likelihood_rank) as since_flake_count,
        arg_min(commit_before_sha, commit_number) as before_suspects_sha,
        arg_min(head_sha, commit_number) as first_suspect_sha,
        arg_min(commit_at, commit_number) as first_suspect_at,
        arg_max(head_sha, commit_number) as last_suspect_sha,
        arg_max(commit_at, commit_number) as last_suspect_at,
        count(*) as credible_commit_count
    from rises_in_order
    where likelier_weight < {{ flake_parameter('suspect_set_ratio') }} * rise_weight
    group by all

),

told as (

    select
        *,
        rise_weight / (1 + all_weight) as onset_ratio
    from tests_weighed

),

final as (

    select
        suspects.provider,
        suspects.repository_id,
        suspects.repository_name,
        suspects.as_of_at,
        suspects.test_id,
        suspects.test_name,
        suspects.flakiness_class,
        coalesce(told.commit_count, 0) as commit_count,
        {{ measured('told.onset_ratio') }} as onset_ratio,
        credible_sets.onset_sha,
        credible_sets.onset_at,
        credible_sets.before_suspects_sha,
        credible_sets.first_suspect_sha,
        credible_sets.first_suspect_at,
        credible_sets.last_suspect_sha,
        credible_sets.last_suspect_at,
        credible_sets.credible_commit_count,
        cast(credible_sets.before_flake_count as bigint) as before_flake_count,
        cast(credible_sets.before_execution_count as bigint) as before_execution_count,
        cast(credible_sets.since_flake_count as bigint) as since_flake_count,
        cast(credible_sets.since_execution_count as bigint) as since_execution_count
    from suspects
    left join told using (provider, repository_id, test_id)
    left join credible_sets
        on
            told.provider = credible_sets.provider
            and told.repository_id = credible_sets.repository_id
            and told.test_id = credible_sets.test_id
            and told.onset_ratio >= {{ flake_parameter('onset_ratio') }}

)

select * from final
