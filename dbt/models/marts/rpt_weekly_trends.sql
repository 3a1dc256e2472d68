with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

-- Every attempt counts for its branch class and for all of them.
attempts as (

    select
        * exclude (branch_class),
        branch_class as own_branch_class,
        unnest([branch_class, 'all']) as branch_class
    from {{ ref('fct_run_attempts') }}

),

jobs as (

    select *
    from {{ ref('fct_jobs') }}
    where is_executed

),

executions as (

    select * from {{ ref('int_test_executions_counted') }}

),

verdicts as (

    select * from {{ ref('int_test_tries_collapsed') }}

),

flakiness as (

    select * from {{ ref('fct_test_flakiness') }}

),

lookups as (

    select *
    from {{ ref('fct_cache_operations') }}
    where operation = 'restore' and cache_outcome in ('exact', 'partial', 'miss')

),

series as (

    select
        attempts.provider,
        attempts.repository_id,
        attempts.workflow_id,
        attempts.branch_class,
        any_value(attempts.repository_name) as repository_name,
        max_by(attempts.workflow_name, attempts.created_at) as workflow_name,
        any_value(repositories.as_of_at) as as_of_at,
        min(min(attempts.iso_week_start_date)) over (
            partition by attempts.provider, attempts.repository_id, attempts.workflow_id
        ) as first_week_start_date
    from attempts
    inner join repositories using (provider, repository_id)
    group by attempts.provider, attempts.repository_id, attempts.workflow_id, attempts.branch_class

),

-- A week without runs is a row, not a gap.
weeks as (

    select
        *,
        cast(
            unnest(range(
                cast(first_week_start_date as timestamp),
                cast({{ iso_week_start_date('as_of_at') }} as timestamp) + interval 1 day,
                interval 7 day
            )) as date
        ) as iso_week_start_date
    from series

),

attempts_counted as (

    select
        provider,
        repository_id,
        workflow_id,
        branch_class,
        iso_week_start_date,
        count(*) filter (where run_attempt = 1) as run_count,
        count(wall_seconds) filter (where is_headline) as timed_run_count,
        {{ p50('wall_seconds', 'is_headline') }} as wall_seconds_p50,
        {{ quantile_bound('wall_seconds', 0.5, 'low', 'is_headline') }} as wall_seconds_p50_low,
        {{ quantile_bound('wall_seconds', 0.5, 'high', 'is_headline') }} as wall_seconds_p50_high,
        {{ p95('wall_seconds', 'is_headline') }} as wall_seconds_p95,
        1.4826 * mad(wall_seconds) filter (where is_headline) as wall_seconds_mad,
        count(*) filter (where is_last_attempt and result = 'success') as successful_run_count,
        count(*) filter (where is_last_attempt and (result = 'success' or is_failure_like)) as decided_run_count,
        {{ ratio(
            'count(*) filter (where run_attempt = 1 and attempt_count > 1)', 'count(*) filter (where run_attempt = 1)'
        ) }} as rerun_ratio
    from attempts
    group by all

),

jobs_counted as (

    select
        attempts.provider,
        attempts.repository_id,
        attempts.workflow_id,
        attempts.branch_class,
        attempts.iso_week_start_date,
        {{ p50('jobs.queued_seconds') }} as queued_seconds_p50,
        {{ p95('jobs.queued_seconds') }} as queued_seconds_p95,
        count(jobs.queued_seconds) as queued_job_count
    from attempts
    inner join jobs using (provider, repository_id, run_id, run_attempt)
    group by all

),

runs as (

    select *
    from attempts
    where run_attempt = 1

),

tests_counted as (

    select
        runs.provider,
        runs.repository_id,
        runs.workflow_id,
        runs.branch_class,
        runs.iso_week_start_date,
        cast(sum(executions.test_count) as bigint) as test_execution_count,
        {{ ratio('sum(executions.failed_test_count)', 'sum(executions.test_count)') }} as bad_execution_ratio
    from executions
    inner join runs using (provider, repository_id, run_id)
    group by all

),

-- Judged on what was known at the end of the week; the week that is running, on what is known now.
flaky_tests as (

    select
        flakiness.provider,
        flakiness.repository_id,
        flakiness.test_id,
        {{ iso_week_start_date("if(flakiness.is_current, flakiness.as_of_at, flakiness.as_of_at - interval 1 day)") }}
            as iso_week_start_date
    from flakiness
    where flakiness.flakiness_class = 'flaky'

),

-- Few tests are flaky: that comes first, and the results of all others are left alone.
verdicts_of_flaky_tests as (

    select
        verdicts.provider,
        verdicts.repository_id,
        verdicts.run_id,
        verdicts.test_id
    from verdicts
    semi join flaky_tests using (provider, repository_id, test_id)
    where verdicts.outcome <> 'skipped'
    group by all

),

flaky_tests_counted as (

    select
        runs.provider,
        runs.repository_id,
        runs.workflow_id,
        runs.branch_class,
        runs.iso_week_start_date,
        count(distinct verdicts_of_flaky_tests.test_id) as flaky_test_count
    from verdicts_of_flaky_tests
    inner join runs using (provider, repository_id, run_id)
    semi join flaky_tests using (provider, repository_id, test_id, iso_week_start_date)
    group by all

),

lookups_counted as (

    select
        runs.provider,
        runs.repository_id,
        runs.workflow_id,
        runs.branch_class,
        runs.iso_week_start_date,
        count(*) as cache_lookup_count,
        {{ ratio("count(*) filter (where lookups.cache_outcome = 'exact')", 'count(*)') }} as cache_exact_ratio
    from lookups
    inner join runs using (provider, repository_id, run_id)
    group by all

),

-- Runs of one branch class and event are compared with their like, so that another mix of runs is no change.
medians_of_like_runs as (

    select
        provider,
        repository_id,
        workflow_id,
        branch_class,
        iso_week_start_date,
        event,
        own_branch_class,
        count(*) as like_run_count,
        median(wall_seconds) as wall_seconds_p50
    from attempts
    where is_headline and wall_seconds is not null
    group by all
    having count(*) >= 5

),

mix_adjusted as (

    select
        current_week.provider,
        current_week.repository_id,
        current_week.workflow_id,
        current_week.branch_class,
        current_week.iso_week_start_date,
        sum(week_before.like_run_count * (current_week.wall_seconds_p50 - week_before.wall_seconds_p50))
        / sum(week_before.like_run_count) as mix_adjusted_change_seconds
    from medians_of_like_runs as current_week
    inner join medians_of_like_runs as week_before
        on
            current_week.provider = week_before.provider
            and current_week.repository_id = week_before.repository_id
            and current_week.workflow_id = week_before.workflow_id
            and current_week.branch_class = week_before.branch_class
            and current_week.event = week_before.event
            and current_week.own_branch_class = week_before.own_branch_class
            and current_week.iso_week_start_date = week_before.iso_week_start_date + 7
    group by all

),

weeks_counted as (

    select
        weeks.*,
        weeks.as_of_at >= cast(weeks.iso_week_start_date as timestamptz) + interval 8 day as is_week_complete,
        coalesce(attempts_counted.run_count, 0) as run_count,
        coalesce(attempts_counted.timed_run_count, 0) as timed_run_count,
        attempts_counted.wall_seconds_p50,
        attempts_counted.wall_seconds_p50_low,
        attempts_counted.wall_seconds_p50_high,
        attempts_counted.wall_seconds_p95,
        case when attempts_counted.timed_run_count >= 5 then attempts_counted.wall_seconds_mad end as wall_seconds_mad,
        coalesce(attempts_counted.successful_run_count, 0) as successful_run_count,
        coalesce(attempts_counted.decided_run_count, 0) as decided_run_count,
        jobs_counted.queued_seconds_p50,
        jobs_counted.queued_seconds_p95,
        coalesce(jobs_counted.queued_job_count, 0) as queued_job_count,
        attempts_counted.rerun_ratio,
        case
            when tests_counted.test_execution_count is not null then coalesce(flaky_tests_counted.flaky_test_count, 0)
        end as flaky_test_count,
        tests_counted.bad_execution_ratio,
        coalesce(tests_counted.test_execution_count, 0) as test_execution_count,
        lookups_counted.cache_exact_ratio,
        coalesce(lookups_counted.cache_lookup_count, 0) as cache_lookup_count,
        mix_adjusted.mix_adjusted_change_seconds
    from weeks
    left join attempts_counted using (provider, repository_id, workflow_id, branch_class, iso_week_start_date)
    left join jobs_counted using (provider, repository_id, workflow_id, branch_class, iso_week_start_date)
    left join tests_counted using (provider, repository_id, workflow_id, branch_class, iso_week_start_date)
    left join flaky_tests_counted using (provider, repository_id, workflow_id, branch_class, iso_week_start_date)
    left join lookups_counted using (provider, repository_id, workflow_id, branch_class, iso_week_start_date)
    left join mix_adjusted using (provider, repository_id, workflow_id, branch_class, iso_week_start_date)

),

with_the_week_before as (

    select
        *,
        lag(wall_seconds_p50) over series as previous_wall_seconds_p50,
        lag(wall_seconds_p50_high - wall_seconds_p50_low) over series as previous_interval_seconds,
        lag(timed_run_count) over series as previous_timed_run_count,
        lag(iso_week_start_date) over series as previous_week_start_date
    from weeks_counted
    window series as (partition by provider, repository_id, workflow_id, branch_class order by iso_week_start_date)

),

final as (

    select
        provider,
        repository_id,
        repository_name,
        workflow_id,
        workflow_name,
        branch_class,
        iso_week_start_date,
        {{ iso_week('iso_week_start_date') }} as iso_week,
        is_week_complete,
        run_count,
        wall_seconds_p50,
        wall_seconds_p50_low,
        wall_seconds_p50_high,
        wall_seconds_p95,
        wall_seconds_mad,
        {{ ratio('successful_run_count', 'decided_run_count') }} as success_ratio,
        {{ wilson_low('successful_run_count', 'decided_run_count') }} as success_ratio_low,
        {{ wilson_high('successful_run_count', 'decided_run_count') }} as success_ratio_high,
        decided_run_count,
        queued_seconds_p50,
        queued_seconds_p95,
        queued_job_count,
        rerun_ratio,
        flaky_test_count,
        bad_execution_ratio,
        test_execution_count,
        cache_exact_ratio,
        cache_lookup_count,
        {{ ratio('wall_seconds_p50', 'previous_wall_seconds_p50') }} - 1 as wall_change_ratio,
        -- A week that is running raises no trend, and the first week of a workflow, which seldom began on a Monday, is
        -- no base for one.
        coalesce(
            is_week_complete
            and timed_run_count >= 10
            and previous_timed_run_count >= 10
            and previous_week_start_date > first_week_start_date
            and abs(wall_seconds_p50 - previous_wall_seconds_p50)
            > greatest(
                1, sqrt(pow(wall_seconds_p50_high - wall_seconds_p50_low, 2) + pow(previous_interval_seconds, 2)) / 2
            ),
            false
        ) as is_wall_change_shown,
        mix_adjusted_change_seconds
    from with_the_week_before

)

select * from final
