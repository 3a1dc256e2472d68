with

tests_counted as (

    select * from {{ ref('int_tests_counted_in_windows') }}

),

as_of_dates as (

    select * from {{ ref('int_as_of_dates_listed_by_week') }}

),

tests as (

    select * from {{ ref('dim_tests') }}

),

scores as (

    select * from {{ ref('int_tests_scored_for_flakiness') }}

),

breakages as (

    select * from {{ ref('int_breakages_found_in_streaks') }}

),

test_runs as (

    select * from {{ ref('int_test_runs_judged_by_config') }}

),

evidence as (

    select * from {{ ref('fct_flake_evidence') }}

),

scores_of_tests as (

    select *
    from scores
    where test_config_id is null

),

scores_of_configs as (

    select
        *,
        row_number() over (
            partition by provider, repository_id, as_of_at, test_id
            order by flake_score_ratio desc, test_config_id asc
        ) as score_rank
    from scores
    where test_config_id is not null

),

configs_executed as (

    select
        provider,
        repository_id,
        as_of_at,
        test_id,
        test_config_id,
        sum(execution_count) as execution_count,
        sum(passed_count) as passed_count,
        count(*) as run_count
    from test_runs
    group by all

),

-- The runner-up must have had its chance: few executions show no flake anywhere.
configs_compared as (

    select
        configs_executed.provider,
        configs_executed.repository_id,
        configs_executed.as_of_at,
        configs_executed.test_id,
        max(scores_of_configs.flake_score_ratio) >= 0.8
        and max(coalesce(scores_of_configs.flake_score_ratio, 0)) filter (
            where coalesce(scores_of_configs.score_rank, 0) <> 1
        ) <= 0.2
        and min(configs_executed.execution_count) filter (
            where coalesce(scores_of_configs.score_rank, 0) <> 1
        ) >= 50 as is_environment_specific,
        bool_or(
            configs_executed.passed_count = 0
            and configs_executed.run_count >= {{ flake_parameter('episode_run_count') }}
        ) and bool_or(configs_executed.passed_count > 0) as is_broken_in_one_config
    from configs_executed
    left join scores_of_configs using (provider, repository_id, as_of_at, test_id, test_config_id)
    group by all

),

direct_evidence as (

    select *
    from evidence
    where evidence_family = 'direct'

),

-- Red in a row is no breakage while the same code passes in between: that is a flake of a high rate.
open_breakages as (

    select distinct
        breakages.provider,
        breakages.repository_id,
        breakages.as_of_at,
        breakages.test_id,
        true as is_open
    from breakages
    anti join direct_evidence
        on
            breakages.provider = direct_evidence.provider
            and breakages.repository_id = direct_evidence.repository_id
            and breakages.as_of_at = direct_evidence.as_of_at
            and breakages.test_id = direct_evidence.test_id
            and breakages.test_config_id = direct_evidence.test_config_id
            and breakages.started_at <= direct_evidence.occurred_at
    where breakages.is_open

),

-- A test whose last run on the default branch failed is not healthy, whatever the runs before it did.
last_runs as (

    select
        provider,
        repository_id,
        as_of_at,
        test_id,
        test_config_id,
        max_by(failed_count > 0 and passed_count = 0, (occurred_at, run_id)) as is_red
    from test_runs
    where is_default_branch
    group by all

),

red_tests as (

    select
        provider,
        repository_id,
        as_of_at,
        test_id,
        bool_or(is_red) as is_red
    from last_runs
    group by all

),

evidence_ranked as (

    select
        *,
        row_number() over (
            partition by provider, repository_id, as_of_at, test_id
            order by probability_ratio desc, occurred_at desc, run_id desc, test_config_id asc
        ) as evidence_rank
    from evidence

),

evidence_listed as (

    select
        provider,
        repository_id,
        as_of_at,
        test_id,
        min_by(evidence_code, evidence_rank) as top_evidence_code,
        min_by(coalesce(job_url, run_url), evidence_rank) as evidence_url,
        cast(to_json(list({
            'code': evidence_code,
            'run_url': run_url,
            'job_url': job_url,
            'sha': head_sha,
            'occurred_at': strftime(occurred_at, '%Y-%m-%dT%H:%M:%SZ'),
            'probability': round(probability_ratio, 4)
        } order by evidence_rank) filter (where evidence_rank <= 10)) as varchar) as evidence_json
    from evidence_ranked
    group by all

),

flakiness as (

    select
        tests_counted.provider,
        tests_counted.repository_id,
        tests.repository_name,
        tests_counted.as_of_at,
        as_of_dates.is_current,
        tests_counted.test_id,
        tests.suite_name,
        tests.class_name,
        tests.test_name,
        tests.file_path,
        case
            when tests_counted.execution_count > 0 and not tests_counted.is_missing
                then coalesce(scores_of_tests.flake_score_ratio, 0)
        end as flake_score_ratio,
        scores_of_tests.ever_flaky_ratio,
        scores_of_tests.still_flaky_ratio,
        scores_of_tests.noisy_or_ratio,
        scores_of_tests.flake_rate_ratio,
        scores_of_tests.flake_rate_ratio_low,
        scores_of_tests.flake_rate_ratio_high,
        coalesce(scores_of_tests.effective_incidents, 0) as effective_incidents,
        coalesce(scores_of_tests.incident_count, 0) as incident_count,
        coalesce(scores_of_tests.direct_incident_count, 0) as direct_incident_count,
        tests_counted.execution_count,
        scores_of_tests.clean_execution_count,
        tests_counted.bad_execution_count,
        scores_of_tests.last_incident_at,
        tests_counted.last_seen_at,
        case
            when tests_counted.is_missing then 'gone'
            when coalesce(configs_compared.is_broken_in_one_config, false) then 'env_broken'
            when coalesce(open_breakages.is_open, false) then 'broken'
            when scores_of_tests.flake_score_ratio >= {{ flake_parameter('flaky_ratio') }} then 'flaky'
            when scores_of_tests.flake_score_ratio >= {{ flake_parameter('suspect_ratio') }} then 'suspect'
            when
                tests_counted.execution_count >= {{ flake_parameter('healthy_execution_count') }}
                and not coalesce(red_tests.is_red, false)
                then 'healthy'
            else 'insufficient_data'
        end as flakiness_class,
        if(tests_counted.execution_count < {{ flake_parameter('confident_execution_count') }}, 'low', 'high')
            as confidence,
        evidence_listed.top_evidence_code,
        evidence_listed.evidence_url,
        evidence_listed.evidence_json,
        coalesce(configs_compared.is_environment_specific, false) as is_environment_specific
    from tests_counted
    inner join as_of_dates using (provider, repository_id, as_of_at)
    inner join tests using (provider, repository_id, test_id)
    left join scores_of_tests using (provider, repository_id, as_of_at, test_id)
    left join configs_compared using (provider, repository_id, as_of_at, test_id)
    left join open_breakages using (provider, repository_id, as_of_at, test_id)
    left join red_tests using (provider, repository_id, as_of_at, test_id)
    left join evidence_listed using (provider, repository_id, as_of_at, test_id)

)

select * from flakiness
