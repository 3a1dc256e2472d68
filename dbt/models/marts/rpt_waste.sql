with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

jobs as (

    select
        jobs.*,
        repositories.as_of_at,
        repositories.window_start_at
    from {{ ref('fct_job_waste') }} as jobs
    inner join repositories using (provider, repository_id)

),

run_attempts as (

    select * from {{ ref('fct_run_attempts') }}

),

runs_with_needless_reruns as (

    select
        provider,
        repository_id,
        run_id,
        min(started_at) as started_at
    from jobs
    where lost_to_needless_rerun_seconds > 0
    group by all

),

-- What people waited for longer than one attempt would have taken.
blocked_runs as (

    select
        runs.provider,
        runs.repository_id,
        runs.started_at,
        first_attempts.workflow_id,
        first_attempts.iso_week_start_date,
        {{ seconds_between('first_attempts.attempt_ended_at', 'last_attempts.attempt_ended_at') }} as blocked_seconds,
        repositories.as_of_at,
        repositories.window_start_at
    from runs_with_needless_reruns as runs
    inner join run_attempts as first_attempts
        on
            runs.provider = first_attempts.provider
            and runs.repository_id = first_attempts.repository_id
            and runs.run_id = first_attempts.run_id
            and first_attempts.run_attempt = 1
    inner join run_attempts as last_attempts
        on
            runs.provider = last_attempts.provider
            and runs.repository_id = last_attempts.repository_id
            and runs.run_id = last_attempts.run_id
            and last_attempts.is_last_attempt
    inner join repositories
        on
            runs.provider = repositories.provider
            and runs.repository_id = repositories.repository_id

),

blocked_runs_in_periods as (

    {{ repeated_by_period('blocked_runs') }}

),

blocked as (

    select
        provider,
        repository_id,
        workflow_id,
        period_kind,
        -- Its own first day is another: history begins with the first job, not with the first re-run.
        case when period_kind <> 'all_history' then period_start_date end as matching_start_date,
        'needless_rerun' as waste_cause,
        sum(blocked_seconds) as blocked_seconds
    from blocked_runs_in_periods
    group by all

),

jobs_in_periods as (

    {{ repeated_by_period('jobs') }}

),

workflows_counted as (

    select
        provider,
        repository_id,
        repository_name,
        workflow_id,
        period_kind,
        period_start_date,
        max_by(workflow_name, started_at) as workflow_name,
        count(*) as billed_job_count,
        sum(billed_seconds) as billed_seconds,
        {{ waste_sums() }}
    from jobs_in_periods
    group by all

),

causes as (

    {% for cause in waste_causes() %}
        select
            provider,
            repository_id,
            repository_name,
            workflow_id,
            workflow_name,
            period_kind,
            period_start_date,
            '{{ cause }}' as waste_cause,
            {{ loop.index }} as cause_number,
            billed_job_count,
            {{ cause }}_judged_count as judged_job_count,
            case when {{ cause }}_judged_count > 0 then {{ cause }}_count end as wasted_job_count,
            {{ cause }}_seconds as wasted_seconds,
            billed_seconds,
            {{ cause }}_list_cost_usd as wasted_list_cost_usd,
            {{ cause }}_billable_cost_usd as wasted_billable_cost_usd
        from workflows_counted
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        causes.provider,
        causes.repository_id,
        causes.repository_name,
        causes.workflow_id,
        causes.workflow_name,
        causes.period_kind,
        causes.period_start_date,
        causes.waste_cause,
        cast(causes.cause_number as bigint) as cause_number,
        causes.billed_job_count,
        causes.judged_job_count,
        causes.wasted_job_count,
        causes.billed_seconds,
        causes.wasted_seconds,
        {{ ratio('causes.wasted_seconds', 'causes.billed_seconds') }} as wasted_ratio,
        {{ usd('causes.wasted_list_cost_usd') }} as wasted_list_cost_usd,
        {{ usd('causes.wasted_billable_cost_usd') }} as wasted_billable_cost_usd,
        blocked.blocked_seconds,
        {{ usd('blocked.blocked_seconds / 60 * ' ~ var('developer_minute_usd')) }} as blocked_people_usd
    from causes
    left join blocked
        on
            causes.provider = blocked.provider
            and causes.repository_id = blocked.repository_id
            and causes.workflow_id = blocked.workflow_id
            and causes.period_kind = blocked.period_kind
            and causes.waste_cause = blocked.waste_cause
            and causes.period_start_date = coalesce(blocked.matching_start_date, causes.period_start_date)

)

select * from final
