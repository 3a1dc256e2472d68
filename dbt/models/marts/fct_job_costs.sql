{{
    config(
        materialized='incremental',
        incremental_strategy='whole_runs',
        on_schema_change='fail'
    )
}}

with

touched_runs as (

    {{ touched_runs() }}

),

jobs as (

    select
        jobs.*,
        array_to_string(list_sort(string_split(lower(array_to_string(jobs.runner_labels, ',')), ',')), ',')
            as label_text,
        touched_runs.load_number
    from {{ ref('int_jobs_in_context') }} as jobs
    inner join touched_runs using (provider, repository_id, run_id)

),

repositories as (

    select * from {{ ref('stg_repositories') }}

),

rules as (

    select * from {{ ref('runner_label_rules') }}

),

skus as (

    select * from {{ ref('runner_skus') }}

),

prices as (

    select * from {{ ref('runner_prices') }}

),

label_texts as (

    select distinct label_text from jobs

),

-- Each set of labels is asked once; of the rules that match, the first wins.
skus_of_labels as (

    select
        label_texts.label_text,
        min_by(rules.sku_name, rules.rule_number) as sku_name
    from label_texts
    inner join rules on regexp_matches(label_texts.label_text, rules.label_pattern)
    group by all

),

-- Every job is rounded up by itself, and a job that took no whole second had a runner all the same.
billed as (

    select
        jobs.*,
        skus_of_labels.sku_name,
        case when skus_of_labels.sku_name = 'self_hosted' then 'self_hosted' else skus.runner_kind end as runner_kind,
        case
            when jobs.is_carried_over or jobs.is_never_started then 0
            when jobs.execution_seconds is not null then cast(greatest(1, ceil(jobs.execution_seconds / 60)) as bigint)
        end as billed_minute_count
    from jobs
    left join skus_of_labels using (label_text)
    left join skus using (sku_name)

),

priced as (

    select
        billed.*,
        case
            when billed.runner_kind = 'self_hosted' then {{ usd(var('self_hosted_minute_usd')) }}
            else prices.minute_price_usd
        end as minute_price_usd
    from billed
    left join prices
        on
            billed.sku_name = prices.sku_name
            and cast(billed.started_at as date) between prices.valid_from_date and prices.valid_to_date

),

costed as (

    select
        priced.*,
        case
            when priced.billed_minute_count = 0 then 0
            else {{ usd('priced.billed_minute_count * priced.minute_price_usd') }}
        end as list_cost_usd,
        priced.runner_kind = 'standard' and not repositories.is_private as is_free
    from priced
    inner join repositories using (provider, repository_id)

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
        workflow_path,
        job_name,
        job_config_id,
        job_family_name,
        branch_class,
        is_executed,
        runner_labels,
        sku_name,
        runner_kind,
        started_at,
        execution_seconds,
        billed_minute_count,
        {{ usd('minute_price_usd') }} as minute_price_usd,
        {{ usd('list_cost_usd') }} as list_cost_usd,
        {{ usd('case when is_free then 0 else list_cost_usd end') }} as billable_cost_usd,
        iso_week_start_date,
        load_number
    from costed

)

select * from final
