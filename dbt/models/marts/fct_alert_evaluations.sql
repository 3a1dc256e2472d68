with

repositories as (

    select * from {{ ref('dim_repositories') }}

),

rules as (

    select * from {{ ref('alert_rules') }}

),

jobs as (

    select * from {{ ref('fct_jobs') }}

),

failures as (

    select * from {{ ref('fct_failures') }}

),

syncs as (

    select * from {{ ref('stg_syncs') }}

),

-- Attempts that are over; superseded and hand-cancelled ones say nothing.
attempts as (

    select
        *,
        cast(attempt_ended_at as date) as day_date
    from {{ ref('fct_run_attempts') }}
    where attempt_ended_at is not null and (result = 'success' or is_failure_like)

),

timed_runs as (

    select *
    from attempts
    where is_headline and wall_seconds is not null

),

days_of_workflows as (

    select distinct
        provider,
        repository_id,
        workflow_id,
        day_date
    from timed_runs

),

-- What was usual on a day: the 28 days before it, and nothing of it.
usual_runs as (

    select
        days_of_workflows.provider,
        days_of_workflows.repository_id,
        days_of_workflows.workflow_id,
        days_of_workflows.day_date,
        median(timed_runs.wall_seconds) as usual_seconds,
        1.4826 * mad(timed_runs.wall_seconds) as noise_seconds
    from days_of_workflows
    inner join timed_runs
        on
            days_of_workflows.provider = timed_runs.provider
            and days_of_workflows.repository_id = timed_runs.repository_id
            and days_of_workflows.workflow_id = timed_runs.workflow_id
            and days_of_workflows.day_date - 28 <= timed_runs.day_date
            and days_of_workflows.day_date > timed_runs.day_date
    where timed_runs.result = 'success'
    group by all
    having count(*) >= 10

),

run_limits as (

    select
        'run_too_long' as rule_name,
        provider,
        repository_id,
        workflow_name,
        'workflow' as entity_kind,
        cast(workflow_id as varchar) as entity_id,
        workflow_name as entity_name,
        attempt_ended_at as evaluated_at,
        wall_seconds as alert_value,
        run_url as evidence_url
    from timed_runs

),

unusual_runs as (

    select
        'run_longer_than_usual' as rule_name,
        provider,
        repository_id,
        timed_runs.workflow_name,
        'workflow' as entity_kind,
        cast(workflow_id as varchar) as entity_id,
        timed_runs.workflow_name as entity_name,
        timed_runs.attempt_ended_at as evaluated_at,
        timed_runs.wall_seconds as alert_value,
        usual_runs.usual_seconds as usual_value,
        usual_runs.usual_seconds + 5 * usual_runs.noise_seconds as floor_value,
        timed_runs.run_url as evidence_url
    from timed_runs
    inner join usual_runs using (provider, repository_id, workflow_id, day_date)

),

memory_peaks as (

    select
        resources.provider,
        resources.repository_id,
        resources.job_config_id,
        resources.memory_total_bytes,
        jobs.workflow_name,
        jobs.job_name,
        jobs.job_url,
        jobs.completed_at,
        cast(jobs.completed_at as date) as day_date,
        cast(resources.memory_bytes_max as double) as peak_bytes
    from {{ ref('fct_job_resources') }} as resources
    inner join jobs using (provider, repository_id, job_id)
    where resources.memory_bytes_max is not null and jobs.completed_at is not null

),

days_of_peaks as (

    select distinct
        provider,
        repository_id,
        job_config_id,
        day_date
    from memory_peaks

),

usual_peaks as (

    select
        days_of_peaks.provider,
        days_of_peaks.repository_id,
        days_of_peaks.job_config_id,
        days_of_peaks.day_date,
        median(memory_peaks.peak_bytes) as usual_bytes
    from days_of_peaks
    inner join memory_peaks
        on
            days_of_peaks.provider = memory_peaks.provider
            and days_of_peaks.repository_id = memory_peaks.repository_id
            and days_of_peaks.job_config_id = memory_peaks.job_config_id
            and days_of_peaks.day_date - 28 <= memory_peaks.day_date
            and days_of_peaks.day_date > memory_peaks.day_date
    group by all
    having count(*) >= 5

),

memory_limits as (

    select
        'memory_above_limit' as rule_name,
        provider,
        repository_id,
        workflow_name,
        'job' as entity_kind,
        job_config_id as entity_id,
        job_name as entity_name,
        completed_at as evaluated_at,
        peak_bytes as alert_value,
        job_url as evidence_url
    from memory_peaks

),

memory_of_machines as (

    select
        'memory_near_machine' as rule_name,
        provider,
        repository_id,
        workflow_name,
        'job' as entity_kind,
        job_config_id as entity_id,
        job_name as entity_name,
        completed_at as evaluated_at,
        peak_bytes as alert_value,
        cast(memory_total_bytes as double) as usual_value,
        job_url as evidence_url
    from memory_peaks
    where memory_total_bytes is not null

),

memory_growth as (

    select
        'memory_grew' as rule_name,
        provider,
        repository_id,
        memory_peaks.workflow_name,
        'job' as entity_kind,
        job_config_id as entity_id,
        memory_peaks.job_name as entity_name,
        memory_peaks.completed_at as evaluated_at,
        memory_peaks.peak_bytes as alert_value,
        usual_peaks.usual_bytes as usual_value,
        memory_peaks.job_url as evidence_url
    from memory_peaks
    inner join usual_peaks using (provider, repository_id, job_config_id, day_date)

),

flaky_tests as (

    select
        provider,
        repository_id,
        test_id
    from {{ ref('fct_test_flakiness') }}
    where is_current and flake_score_ratio >= {{ flake_parameter('flaky_ratio') }}

),

bad_tests_of_jobs as (

    select
        executions.provider,
        executions.repository_id,
        executions.job_id,
        bool_and(flaky_tests.test_id is not null) as is_all_flaky
    from {{ ref('fct_test_executions') }} as executions
    left join flaky_tests using (provider, repository_id, test_id)
    where executions.is_bad
    group by all

),

-- A failed job of which no report says what failed in it is not excused by what others say.
failures_of_attempts as (

    select
        failures.provider,
        failures.repository_id,
        failures.run_id,
        failures.run_attempt,
        bool_and(failures.is_retryable) as is_all_retryable,
        bool_and(failures.failure_class = 'test' and coalesce(bad_tests_of_jobs.is_all_flaky, false)) as is_all_flaky,
        arg_min(failures.evidence_url, row(failures.completed_at, failures.job_id)) as first_evidence_url
    from failures
    left join bad_tests_of_jobs using (provider, repository_id, job_id)
    group by all

),

-- What known flakes or a lost machine broke is news for a digest.
job_failures as (

    select
        'job_failed' as rule_name,
        attempts.provider,
        attempts.repository_id,
        attempts.workflow_name,
        'branch' as entity_kind,
        concat_ws('|', attempts.workflow_id, attempts.branch_class) as entity_id,
        concat_ws(
            ', ',
            attempts.workflow_name,
            case attempts.branch_class
                when 'default' then 'default branch'
                when 'pr' then 'pull requests'
                when 'queue' then 'merge queue'
                else 'other branches'
            end
        ) as entity_name,
        attempts.attempt_ended_at as evaluated_at,
        cast(attempts.failed_job_count as double) as alert_value,
        case
            when attempts.failed_job_count = 0 then null
            when failures_of_attempts.is_all_flaky then 'flaky'
            when failures_of_attempts.is_all_retryable and attempts.failed_job_count < 3 then 'infra'
        end as digest_name,
        case when attempts.branch_class = 'queue' then 'warning' when attempts.branch_class <> 'default' then 'info' end
            as lower_severity,
        coalesce(failures_of_attempts.first_evidence_url, attempts.run_url) as evidence_url
    from attempts
    left join failures_of_attempts using (provider, repository_id, run_id, run_attempt)

),

queues as (

    select
        provider,
        repository_id,
        workflow_id,
        cast(completed_at as date) as day_date,
        arg_max(workflow_name, completed_at) as workflow_name,
        count(*) as queued_job_count,
        quantile_cont(runner_queue_seconds, 0.95) as queued_seconds,
        median(runner_queue_seconds) as usual_seconds,
        arg_max(job_url, row(runner_queue_seconds, job_id)) as job_url
    from jobs
    where is_executed and runner_queue_seconds is not null and completed_at is not null
    group by all

),

usual_queues as (

    select
        *,
        median(usual_seconds) over (
            partition by provider, repository_id, workflow_id
            order by cast(day_date as timestamp)
            range between interval 28 day preceding and interval 1 day preceding
        ) as usual_queued_seconds
    from queues

),

-- A day is judged when it is over: its percentile moves until then.
long_queues as (

    select
        'queue_too_long' as rule_name,
        provider,
        repository_id,
        usual_queues.workflow_name,
        'workflow' as entity_kind,
        cast(usual_queues.workflow_id as varchar) as entity_id,
        usual_queues.workflow_name as entity_name,
        cast(usual_queues.day_date + 1 as timestamptz) as evaluated_at,
        usual_queues.queued_seconds as alert_value,
        3 * usual_queues.usual_queued_seconds as floor_value,
        usual_queues.job_url as evidence_url
    from usual_queues
    inner join repositories using (provider, repository_id)
    where
        usual_queues.queued_job_count >= 20
        and usual_queues.usual_queued_seconds is not null
        and cast(usual_queues.day_date + 1 as timestamptz) <= repositories.as_of_at

),

flaky_scores as (

    select
        'test_became_flaky' as rule_name,
        provider,
        repository_id,
        'test' as entity_kind,
        test_id as entity_id,
        test_name as entity_name,
        as_of_at as evaluated_at,
        if(incident_count >= 2, flake_score_ratio, least(flake_score_ratio, 0)) as alert_value,
        evidence_url
    from {{ ref('fct_test_flakiness') }}
    where flake_score_ratio is not null

),

cache_weeks as (

    select
        *,
        sum(cache_exact_ratio * cache_lookup_count) over four_weeks as usual_exact_count,
        sum(cache_lookup_count) over four_weeks as usual_lookup_count
    from {{ ref('rpt_weekly_trends') }}
    where branch_class = 'all' and is_week_complete
    window four_weeks as (
        partition by provider, repository_id, workflow_id
        order by iso_week_start_date
        rows between 4 preceding and 1 preceding
    )

),

cache_falls as (

    select
        'cache_hits_fell' as rule_name,
        provider,
        repository_id,
        workflow_name,
        'workflow' as entity_kind,
        cast(workflow_id as varchar) as entity_id,
        workflow_name as entity_name,
        cast(iso_week_start_date + 8 as timestamptz) as evaluated_at,
        usual_exact_count / usual_lookup_count - cache_exact_ratio as alert_value
    from cache_weeks
    where cache_lookup_count >= 20 and usual_lookup_count >= 20

),

cache_thrash as (

    select
        'cache_thrashes' as rule_name,
        provider,
        repository_id,
        slots.workflow_name,
        'cache' as entity_kind,
        slots.cache_slot_id as entity_id,
        slots.key_template as entity_name,
        cast(slots.period_start_date + 8 as timestamptz) as evaluated_at,
        slots.thrash_ratio as alert_value
    from {{ ref('fct_cache_effectiveness') }} as slots
    inner join repositories using (provider, repository_id)
    where
        slots.period_kind = 'week'
        and slots.lookup_count >= 20
        and slots.thrash_ratio is not null
        and cast(slots.period_start_date + 8 as timestamptz) <= repositories.as_of_at

),

cost_weeks as (

    select
        price_weeks.provider,
        price_weeks.repository_id,
        cast(price_weeks.period_start_date + 8 as timestamptz) as evaluated_at,
        sum(price_weeks.list_cost_usd) as cost_usd
    from {{ ref('rpt_costs') }} as price_weeks
    inner join repositories using (provider, repository_id)
    where
        price_weeks.period_kind = 'week'
        and cast(price_weeks.period_start_date + 8 as timestamptz) <= repositories.as_of_at
    group by all

),

usual_costs as (

    select
        *,
        median(cost_usd) over eight_weeks as usual_usd,
        count(cost_usd) over eight_weeks as week_count
    from cost_weeks
    window eight_weeks as (
        partition by provider, repository_id order by evaluated_at rows between 8 preceding and 1 preceding
    )

),

cost_jumps as (

    select
        'cost_jumped' as rule_name,
        provider,
        repository_id,
        'repository' as entity_kind,
        cast(repository_id as varchar) as entity_id,
        'all workflows' as entity_name,
        evaluated_at,
        cost_usd as alert_value,
        usual_usd as usual_value
    from usual_costs
    where cost_usd is not null and week_count >= 4

),

cause_weeks as (

    select
        failures.provider,
        failures.repository_id,
        cast(failures.iso_week_start_date + 8 as timestamptz) as evaluated_at,
        {{ ratio("count(*) filter (where failures.failure_class = 'unknown')", 'count(*)') }} as unknown_ratio,
        arg_max(failures.evidence_url, row(failures.failure_class = 'unknown', failures.completed_at, failures.job_id))
            as evidence_url
    from failures
    inner join repositories using (provider, repository_id)
    where cast(failures.iso_week_start_date + 8 as timestamptz) <= repositories.as_of_at
    group by all
    having count(*) >= 10

),

unknown_causes as (

    select
        'cause_unknown' as rule_name,
        provider,
        repository_id,
        'repository' as entity_kind,
        cast(repository_id as varchar) as entity_id,
        'all workflows' as entity_name,
        evaluated_at,
        unknown_ratio as alert_value,
        evidence_url
    from cause_weeks

),

incomplete_syncs as (

    select
        'sync_incomplete' as rule_name,
        provider,
        repository_id,
        'repository' as entity_kind,
        cast(repository_id as varchar) as entity_id,
        'all workflows' as entity_name,
        known_until_at as evaluated_at,
        if(is_complete, 0.0, 1.0) as alert_value
    from syncs

),

evaluations as (

    select * from run_limits
    union all by name
    select * from unusual_runs
    union all by name
    select * from memory_limits
    union all by name
    select * from memory_of_machines
    union all by name
    select * from memory_growth
    union all by name
    select * from job_failures
    union all by name
    select * from long_queues
    union all by name
    select * from flaky_scores
    union all by name
    select * from cache_falls
    union all by name
    select * from cache_thrash
    union all by name
    select * from cost_jumps
    union all by name
    select * from unknown_causes
    union all by name
    select * from incomplete_syncs

),

-- The row of the seed that names most stands.
rules_in_force as (

    select
        evaluations.*,
        repositories.repository_name,
        repositories.as_of_at,
        rules.is_enabled,
        coalesce(evaluations.lower_severity, rules.severity) as severity,
        rules.metric_unit,
        greatest(
            rules.alert_threshold * if(
                evaluations.rule_name in ('run_longer_than_usual', 'memory_near_machine', 'memory_grew', 'cost_jumped'),
                evaluations.usual_value,
                1
            ),
            coalesce(evaluations.floor_value, 0),
            -- A quarter more of nearly nothing is nearly nothing.
            coalesce(evaluations.usual_value + rules.least_increase, 0)
        ) as threshold_value
    from evaluations
    inner join repositories using (provider, repository_id)
    inner join rules
        on
            evaluations.rule_name = rules.rule_name
            and (rules.repository_name is null or repositories.repository_name = rules.repository_name)
            and (rules.workflow_name is null or evaluations.workflow_name = rules.workflow_name)
    qualify row_number() over (
        partition by
            evaluations.rule_name,
            evaluations.provider,
            evaluations.repository_id,
            evaluations.entity_id,
            evaluations.evaluated_at,
            evaluations.alert_value,
            evaluations.evidence_url
        order by rules.workflow_name is not null desc, rules.repository_name is not null desc
    ) = 1

),

judged as (

    select
        *,
        case
            when
                rule_name in (
                    'run_too_long', 'run_longer_than_usual', 'memory_above_limit', 'queue_too_long', 'cost_jumped'
                )
                then alert_value > threshold_value
            else alert_value >= threshold_value
        end as is_bad,
        -- Of one workflow or job there is one evaluation a day: its worst run.
        if(
            rule_name in (
                'run_too_long', 'run_longer_than_usual', 'memory_above_limit', 'memory_near_machine', 'memory_grew'
            ),
            date_trunc('day', evaluated_at),
            evaluated_at
        ) as evaluation_key_at
    from rules_in_force
    where is_enabled and alert_value is not null and evaluated_at <= as_of_at

),

final as (

    select
        rule_name,
        provider,
        repository_id,
        any_value(repository_name) as repository_name,
        arg_max(workflow_name, evaluated_at) as workflow_name,
        any_value(entity_kind) as entity_kind,
        entity_id,
        arg_max(entity_name, evaluated_at) as entity_name,
        any_value(as_of_at) as as_of_at,
        -- A day goes bad with its first bad run, which no later one moves.
        coalesce(min(evaluated_at) filter (where is_bad), max(evaluated_at)) as evaluated_at,
        bool_or(is_bad) as is_bad_evaluation,
        arg_max(alert_value, row(is_bad, alert_value, evaluated_at)) as alert_value,
        {{ measured('arg_max(threshold_value, row(is_bad, alert_value, evaluated_at))') }} as threshold_value,
        any_value(metric_unit) as metric_unit,
        arg_max(severity, row(is_bad, alert_value, evaluated_at)) as severity,
        arg_max_null(digest_name, row(is_bad, alert_value, evaluated_at)) as digest_name,
        arg_max(evidence_url, row(is_bad, alert_value, evaluated_at)) as evidence_url
    from judged
    group by rule_name, provider, repository_id, entity_id, evaluation_key_at

)

select * from final
