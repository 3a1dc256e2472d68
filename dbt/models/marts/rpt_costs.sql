with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

job_costs as (

    select
        job_costs.*,
        repositories.as_of_at,
        repositories.window_start_at
    from {{ ref('fct_job_costs') }} as job_costs
    inner join repositories using (provider, repository_id)
    where job_costs.is_executed

),

in_periods as (

    {{ repeated_by_period('job_costs') }}

),

counted as (

    select
        provider,
        repository_id,
        repository_name,
        workflow_id,
        period_kind,
        period_start_date,
        max_by(workflow_name, started_at) as workflow_name,
        count(distinct run_id) as run_count,
        count(*) as billed_job_count,
        count(*) filter (where minute_price_usd is null) as unpriced_job_count,
        count(*) filter (where runner_kind = 'self_hosted') as self_hosted_job_count,
        cast(sum(billed_minute_count) as bigint) as billed_minute_count,
        sum(list_cost_usd) as list_cost_usd,
        sum(billable_cost_usd) as billable_cost_usd,
        sum(60 * billed_minute_count - execution_seconds) as rounding_seconds
    from in_periods
    group by all

),

final as (

    select
        provider,
        repository_id,
        repository_name,
        workflow_id,
        workflow_name,
        period_kind,
        period_start_date,
        run_count,
        billed_job_count,
        unpriced_job_count,
        self_hosted_job_count,
        billed_minute_count,
        {{ usd('list_cost_usd') }} as list_cost_usd,
        {{ usd('billable_cost_usd') }} as billable_cost_usd,
        case when unpriced_job_count = 0 then {{ usd('list_cost_usd / run_count') }} end as run_cost_usd,
        rounding_seconds,
        {{ measured(ratio('rounding_seconds', '60 * billed_minute_count')) }} as rounding_ratio
    from counted

)

select * from final
