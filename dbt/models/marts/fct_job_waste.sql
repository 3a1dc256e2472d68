with

costs as (

    select
        *,
        cast(60 * billed_minute_count as double) as billed_seconds
    from {{ ref('fct_job_costs') }}
    where is_executed

),

jobs as (

    select * from {{ ref('fct_jobs') }}

),

run_attempts as (

    select * from {{ ref('fct_run_attempts') }}

),

misses as (

    select *
    from {{ ref('fct_cache_operations') }}
    where cache_outcome = 'miss'

),

savings as (

    select *
    from {{ ref('fct_cache_effectiveness') }}
    where period_kind = 'all_history'

),

-- What a hit would have saved. Of a cache whose worth nobody could measure, the loss is unknown.
losses_by_misses as (

    select
        misses.provider,
        misses.repository_id,
        misses.job_id,
        sum(greatest(savings.saving_seconds, 0) order by misses.line_number) as missed_seconds,
        bool_and(savings.saving_seconds is not null) as is_measured
    from misses
    left join savings using (provider, repository_id, cache_slot_id)
    group by all

),

job_names_counted as (

    select
        provider,
        repository_id,
        run_id,
        run_attempt,
        job_name,
        count(*) as job_count
    from jobs
    group by all

),

-- Two jobs of one name in one attempt cannot be told apart in the next.
ambiguous_names as (

    select distinct
        provider,
        repository_id,
        run_id,
        job_name
    from job_names_counted
    where job_count > 1

),

in_context as (

    select
        costs.*,
        jobs.result,
        jobs.setup_seconds,
        jobs.has_log,
        jobs.is_failure_like and coalesce(jobs.is_retryable_failure, false) as is_infrastructure_failure,
        jobs.is_failure_like,
        coalesce(run_attempts.result = 'cancellation', false) and not run_attempts.is_failure_like as is_superseded,
        ambiguous_names.job_name is not null as is_ambiguous,
        losses_by_misses.job_id is not null as has_miss,
        losses_by_misses.missed_seconds,
        losses_by_misses.is_measured
    from costs
    inner join jobs using (provider, repository_id, job_id)
    inner join run_attempts
        on
            costs.provider = run_attempts.provider
            and costs.repository_id = run_attempts.repository_id
            and costs.run_id = run_attempts.run_id
            and costs.run_attempt = run_attempts.run_attempt
    left join ambiguous_names
        on
            costs.provider = ambiguous_names.provider
            and costs.repository_id = ambiguous_names.repository_id
            and costs.run_id = ambiguous_names.run_id
            and costs.job_name = ambiguous_names.job_name
    left join losses_by_misses
        on
            costs.provider = losses_by_misses.provider
            and costs.repository_id = losses_by_misses.repository_id
            and costs.job_id = losses_by_misses.job_id

),

-- All attempts of a run have one commit. Of a job that passed on it, one execution was needed: the first that was not
-- cancelled and that no outage ended. What was billed for it need not be known: it may have ended before it began.
beside_other_attempts as (

    select
        *,
        coalesce(bool_or(result = 'success') over same_job, false) as has_passed,
        min(run_attempt) filter (
            where result = 'success' or (is_failure_like and not is_infrastructure_failure)
        ) over same_job as needed_attempt
    from in_context
    window same_job as (partition by provider, repository_id, run_id, job_name)

),

judged as (

    select
        *,
        case
            when has_passed and run_attempt > needed_attempt and not is_ambiguous then 'needless_rerun'
            when is_superseded then 'superseded_run'
            when is_infrastructure_failure then 'infrastructure_failure'
        end as whole_cause
    from beside_other_attempts
    where billed_seconds is not null

),

-- A job lost as a whole loses nothing more; in any other, set-up gets what the misses leave.
split as (

    select
        *,
        case when whole_cause = 'needless_rerun' then billed_seconds else 0 end as lost_to_needless_rerun_seconds,
        case when whole_cause = 'superseded_run' then billed_seconds else 0 end as lost_to_superseded_run_seconds,
        case when whole_cause = 'infrastructure_failure' then billed_seconds else 0 end
            as lost_to_infrastructure_failure_seconds,
        case when whole_cause is null then billed_seconds - execution_seconds else 0 end as lost_to_rounding_seconds,
        case
            when whole_cause is null and has_miss and is_measured then least(missed_seconds, execution_seconds)
            when whole_cause is null and not has_miss and has_log then 0
        end as lost_to_cache_miss_seconds,
        case
            when whole_cause is null and setup_seconds is not null
                then least(setup_seconds, execution_seconds - coalesce(lost_to_cache_miss_seconds, 0))
        end as lost_to_idle_setup_seconds
    from judged

),

final as (

    select
        provider,
        repository_id,
        repository_name,
        run_id,
        run_attempt,
        job_id,
        workflow_id,
        workflow_name,
        job_name,
        job_config_id,
        job_family_name,
        started_at,
        execution_seconds,
        billed_seconds,
        {% for cause in waste_causes() %}
            lost_to_{{ cause }}_seconds,
        {% endfor %}
        {% for cause in waste_causes() %}
            coalesce(lost_to_{{ cause }}_seconds, 0){{ ' + ' if not loop.last }}
        {% endfor %} as wasted_seconds,
        minute_price_usd,
        billable_cost_usd = 0 as is_free,
        iso_week_start_date
    from split

)

select * from final
