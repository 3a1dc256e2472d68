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

jobs_in_periods as (

    {{ repeated_by_period('jobs') }}

),

families_counted as (

    select
        provider,
        repository_id,
        repository_name,
        workflow_id,
        job_family_name,
        period_kind,
        period_start_date,
        max_by(workflow_name, started_at) as workflow_name,
        count(*) as billed_job_count,
        {{ waste_sums() }}
    from jobs_in_periods
    where period_kind <> 'week'
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
            job_family_name,
            period_kind,
            period_start_date,
            '{{ cause }}' as waste_cause,
            billed_job_count,
            {{ cause }}_count as wasted_job_count,
            {{ cause }}_seconds as wasted_seconds,
            {{ cause }}_list_cost_usd as wasted_list_cost_usd,
            {{ cause }}_billable_cost_usd as wasted_billable_cost_usd
        from families_counted
        where {{ cause }}_seconds > 0
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- By money, which weighs runners by their price; what has no price comes after what has one, by time.
ranked as (

    select
        *,
        row_number() over (
            partition by provider, repository_id, period_kind
            order by
                wasted_list_cost_usd desc nulls last,
                wasted_seconds desc,
                workflow_id asc,
                job_family_name asc,
                waste_cause asc
        ) as fix_rank,
        sum(wasted_seconds) over (partition by provider, repository_id, period_kind) as all_wasted_seconds
    from causes

),

final as (

    select
        provider,
        repository_id,
        repository_name,
        period_kind,
        period_start_date,
        fix_rank,
        waste_cause,
        workflow_id,
        workflow_name,
        job_family_name,
        billed_job_count,
        wasted_job_count,
        wasted_seconds,
        {{ ratio('wasted_seconds', 'all_wasted_seconds') }} as wasted_share_ratio,
        {{ usd('wasted_list_cost_usd') }} as wasted_list_cost_usd,
        {{ usd('wasted_billable_cost_usd') }} as wasted_billable_cost_usd
    from ranked

)

select * from final
