with

jobs as (

    select *
    from {{ ref('fct_jobs') }}
    where is_executed

),

costs as (

    select * from {{ ref('fct_job_costs') }}

),

matches as (

    select * from {{ ref('int_jobs_matched_to_declarations') }}

),

declarations as (

    select *
    from {{ ref('stg_workflow_jobs') }}
    where matrix_json is not null

),

-- The file of the commit says which jobs are legs; without one the values in parentheses do.
legs as (

    select
        jobs.provider,
        jobs.repository_id,
        jobs.repository_name,
        jobs.workflow_id,
        jobs.workflow_name,
        jobs.run_id,
        jobs.job_id,
        jobs.job_name,
        jobs.started_at,
        jobs.result,
        jobs.is_failure_like,
        coalesce(jobs.is_retryable_failure, false) as is_retryable_failure,
        case
            when matches.workflow_job_key is null then jobs.job_family_name
            else declarations.workflow_job_key
        end as matrix_name
    from jobs
    left join matches using (provider, repository_id, job_id)
    left join declarations
        on
            matches.provider = declarations.provider
            and matches.repository_id = declarations.repository_id
            and matches.workflow_path = declarations.workflow_path
            and matches.workflow_file_id = declarations.workflow_file_id
            and matches.workflow_job_key = declarations.workflow_job_key
    where
        declarations.workflow_job_key is not null
        or (matches.workflow_job_key is null and {{ matrix_suffix('jobs.job_name') }} is not null)

),

-- Over all attempts of the run: what passed in the end was no find, nor was what an outage ended.
legs_of_runs as (

    select
        provider,
        repository_id,
        repository_name,
        workflow_id,
        matrix_name,
        job_name,
        run_id,
        max(workflow_name) as workflow_name,
        max(started_at) as started_at,
        coalesce(bool_or(result = 'success'), false) as has_passed,
        bool_or(is_failure_like and not is_retryable_failure) as has_failed
    from legs
    group by all

),

beside_other_legs as (

    select
        *,
        has_failed and not has_passed as is_find,
        count(*) filter (where has_failed and not has_passed) over legs_of_run as finding_leg_count,
        count(*) filter (where has_passed) over legs_of_run as passing_leg_count
    from legs_of_runs
    where has_passed or has_failed
    window legs_of_run as (partition by provider, repository_id, workflow_id, matrix_name, run_id)

),

judged as (

    select
        *,
        is_find and finding_leg_count = 1 as is_unique_find
    from beside_other_legs
    where finding_leg_count + passing_leg_count > 1

),

costs_of_legs as (

    select
        legs.provider,
        legs.repository_id,
        legs.workflow_id,
        legs.matrix_name,
        legs.job_name,
        cast(sum(costs.billed_minute_count) as bigint) as billed_minute_count,
        {{ usd('sum(costs.list_cost_usd)') }} as list_cost_usd,
        {{ usd('sum(costs.billable_cost_usd)') }} as billable_cost_usd
    from legs
    inner join costs using (provider, repository_id, job_id)
    group by all

),

legs_counted as (

    select
        provider,
        repository_id,
        repository_name,
        workflow_id,
        matrix_name,
        job_name,
        max_by(workflow_name, started_at) as workflow_name,
        count(*) as compared_run_count,
        count(*) filter (where is_find) as finding_run_count,
        count(*) filter (where is_unique_find) as unique_find_count,
        count(*) filter (where finding_leg_count > 0) as matrix_finding_run_count,
        max(started_at) filter (where is_unique_find) as last_unique_find_at,
        min(started_at) as first_seen_at,
        max(started_at) as last_seen_at
    from judged
    group by all

),

final as (

    select
        legs_counted.provider,
        legs_counted.repository_id,
        legs_counted.repository_name,
        legs_counted.workflow_id,
        legs_counted.workflow_name,
        legs_counted.matrix_name,
        legs_counted.job_name,
        legs_counted.compared_run_count,
        legs_counted.matrix_finding_run_count,
        legs_counted.finding_run_count,
        legs_counted.unique_find_count,
        {{ measured(wilson_high('legs_counted.unique_find_count', 'legs_counted.matrix_finding_run_count')) }}
            as unique_find_ratio_high,
        legs_counted.last_unique_find_at,
        legs_counted.first_seen_at,
        legs_counted.last_seen_at,
        costs_of_legs.billed_minute_count,
        costs_of_legs.list_cost_usd,
        costs_of_legs.billable_cost_usd,
        case
            when legs_counted.unique_find_count > 0 then 'finds alone'
            when legs_counted.compared_run_count >= 50 and legs_counted.matrix_finding_run_count >= 10
                then 'never finds alone'
            else 'not enough data'
        end as leg_verdict
    from legs_counted
    left join costs_of_legs using (provider, repository_id, workflow_id, matrix_name, job_name)

)

select * from final
