with

verdicts as (

    select *
    from {{ ref('int_test_tries_collapsed') }}
    where outcome in ('failed', 'error', 'flaky_passed')

),

scores as (

    select * from {{ ref('fct_test_flakiness') }}

),

run_attempts as (

    select * from {{ ref('fct_run_attempts') }}

),

waste as (

    select * from {{ ref('fct_job_waste') }}

),

-- Judged at the first moment after it: what was known at its end of week, or is known now.
verdicts_judged as (

    select
        verdicts.*,
        scores.flake_score_ratio
    from verdicts
    asof left join scores
        on
            verdicts.provider = scores.provider
            and verdicts.repository_id = scores.repository_id
            and verdicts.test_id = scores.test_id
            and verdicts.executed_at <= scores.as_of_at

),

bad_tests_of_runs as (

    select
        provider,
        repository_id,
        run_id,
        test_id,
        min(executed_at) as executed_at,
        coalesce(max(flake_score_ratio), 0) as flake_score_ratio
    from verdicts_judged
    where outcome <> 'flaky_passed'
    group by all

),

-- A run with one failure for a reason would have been run again anyway.
runs_blamed as (

    select
        provider,
        repository_id,
        run_id,
        count(*) as bad_test_count
    from bad_tests_of_runs
    group by all
    having min(flake_score_ratio) >= {{ flake_parameter('flaky_ratio') }}

),

waste_of_runs as (

    select
        provider,
        repository_id,
        run_id,
        sum(lost_to_needless_rerun_seconds order by job_id) as wasted_seconds,
        sum(lost_to_needless_rerun_seconds / 60 * minute_price_usd order by job_id) filter (
            where lost_to_needless_rerun_seconds > 0
        ) as list_cost
    from waste
    group by all
    having sum(lost_to_needless_rerun_seconds) > 0

),

delays_of_runs as (

    select
        provider,
        repository_id,
        run_id,
        max(attempt_ended_at) filter (where run_attempt = 1) as first_ended_at,
        max(attempt_ended_at) filter (where is_last_attempt) as last_ended_at,
        {{ seconds_between('first_ended_at', 'last_ended_at') }} as blocked_seconds
    from run_attempts
    group by provider, repository_id, run_id

),

-- Tests that failed together share what it cost.
reruns as (

    select
        bad_tests_of_runs.provider,
        bad_tests_of_runs.repository_id,
        bad_tests_of_runs.test_id,
        {{ iso_week_start_date('bad_tests_of_runs.executed_at') }} as iso_week_start_date,
        1 as rerun_count,
        waste_of_runs.wasted_seconds / runs_blamed.bad_test_count as wasted_seconds,
        waste_of_runs.list_cost / runs_blamed.bad_test_count as list_cost,
        delays_of_runs.blocked_seconds / runs_blamed.bad_test_count as blocked_seconds,
        cast(null as double) as retry_seconds
    from bad_tests_of_runs
    inner join runs_blamed using (provider, repository_id, run_id)
    inner join waste_of_runs using (provider, repository_id, run_id)
    inner join delays_of_runs using (provider, repository_id, run_id)

),

retries as (

    select
        provider,
        repository_id,
        test_id,
        {{ iso_week_start_date('executed_at') }} as iso_week_start_date,
        0 as rerun_count,
        cast(null as double) as wasted_seconds,
        cast(null as double) as list_cost,
        cast(null as double) as blocked_seconds,
        test_seconds - first_try_seconds as retry_seconds
    from verdicts_judged
    where outcome = 'flaky_passed' and flake_score_ratio >= {{ flake_parameter('flaky_ratio') }}

),

losses as (

    select * from reruns
    union all
    select * from retries

),

summed as (

    select
        provider,
        repository_id,
        test_id,
        iso_week_start_date,
        cast(sum(rerun_count) as bigint) as rerun_count,
        sum(wasted_seconds order by wasted_seconds) as wasted_rerun_seconds,
        sum(retry_seconds order by retry_seconds) as retry_seconds,
        sum(blocked_seconds order by blocked_seconds) as blocked_rerun_seconds,
        sum(list_cost order by list_cost) as list_cost
    from losses
    group by all

),

tests as (

    select * from {{ ref('dim_tests') }}

),

costs as (

    select
        summed.provider,
        summed.repository_id,
        tests.repository_name,
        summed.test_id,
        tests.class_name,
        tests.test_name,
        summed.iso_week_start_date,
        summed.rerun_count,
        summed.wasted_rerun_seconds,
        summed.retry_seconds,
        summed.blocked_rerun_seconds,
        {{ usd('summed.list_cost') }} as list_cost_usd,
        {{ usd("summed.blocked_rerun_seconds / 60 * " ~ var('developer_minute_usd')) }} as blocked_people_usd
    from summed
    inner join tests using (provider, repository_id, test_id)

)

select * from costs
