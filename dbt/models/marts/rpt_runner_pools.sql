with

windows as (

    select * from {{ ref('int_repositories_as_of') }}

),

runners as (

    select
        provider,
        repository_id,
        job_id,
        runner_id
    from {{ ref('stg_jobs') }}

),

costs as (

    select
        provider,
        repository_id,
        job_id,
        {{ runner_pool('runner_labels') }} as pool_labels,
        runner_kind
    from {{ ref('fct_job_costs') }}

),

jobs as (

    select
        jobs.provider,
        jobs.repository_id,
        jobs.repository_name,
        costs.pool_labels,
        costs.runner_kind,
        jobs.run_id,
        jobs.job_id,
        jobs.started_at,
        jobs.completed_at,
        jobs.execution_seconds,
        jobs.runner_queue_seconds,
        -- Where it is not known what a job needs, the wait for that is part of its queue.
        if(jobs.dependency_wait_seconds is null, null, jobs.runner_queue_seconds) as known_queue_seconds,
        if(costs.runner_kind = 'self_hosted', runners.runner_id, null) as machine_id,
        jobs.started_at - to_microseconds(cast(round(1000000 * jobs.runner_queue_seconds) as bigint)) as ready_at,
        date_trunc('hour', ready_at) as ready_hour_at
    from {{ ref('fct_jobs') }} as jobs
    inner join costs using (provider, repository_id, job_id)
    inner join runners using (provider, repository_id, job_id)
    inner join windows
        on
            jobs.provider = windows.provider
            and jobs.repository_id = windows.repository_id
            and jobs.started_at > windows.window_start_at
            and jobs.started_at <= windows.as_of_at
    where
        jobs.is_executed
        and jobs.execution_seconds is not null
        and jobs.runner_queue_seconds is not null
        and len(costs.pool_labels) > 0

),

-- A runner is free for the next job in the second in which its last one ended.
starts_and_ends as (

    select
        provider,
        repository_id,
        pool_labels,
        started_at as changed_at,
        1 as change_count
    from jobs
    union all
    select
        provider,
        repository_id,
        pool_labels,
        completed_at as changed_at,
        -1 as change_count
    from jobs

),

at_work as (

    select
        *,
        sum(change_count) over (
            partition by provider, repository_id, pool_labels
            order by changed_at, change_count
            rows between unbounded preceding and current row
        ) as running_job_count
    from starts_and_ends

),

peaks as (

    select
        provider,
        repository_id,
        pool_labels,
        cast(max(running_job_count) as bigint) as running_job_count_max
    from at_work
    group by all

),

-- From the first to the last of its jobs a run wants runners of the pool.
runs as (

    select
        provider,
        repository_id,
        pool_labels,
        run_id,
        min(started_at) as first_started_at,
        max(completed_at) as last_completed_at
    from jobs
    group by all

),

runs_starting_and_ending as (

    select
        provider,
        repository_id,
        pool_labels,
        first_started_at as changed_at,
        1 as change_count
    from runs
    union all
    select
        provider,
        repository_id,
        pool_labels,
        last_completed_at as changed_at,
        -1 as change_count
    from runs

),

runs_at_work as (

    select
        *,
        sum(change_count) over (
            partition by provider, repository_id, pool_labels
            order by changed_at, change_count
            rows between unbounded preceding and current row
        ) as running_run_count
    from runs_starting_and_ending

),

runs_side_by_side as (

    select
        provider,
        repository_id,
        pool_labels,
        {{ p95('running_run_count', 'change_count = 1') }} as parallel_run_count_p95
    from runs_at_work
    group by all

),

hours as (

    select
        provider,
        repository_id,
        pool_labels,
        ready_hour_at,
        count(*) as arrival_count
    from jobs
    group by all

),

pools as (

    select
        provider,
        repository_id,
        pool_labels,
        count(*) as hour_count,
        {{ p95('arrival_count') }} as hourly_job_count_p95
    from hours
    group by all

),

-- The hours in which one in twenty of those with a job brings as many: when it matters how many runners there are.
busy_hours as (

    select hours.*
    from hours
    inner join pools using (provider, repository_id, pool_labels)
    where hours.arrival_count >= pools.hourly_job_count_p95

),

busy_jobs as (

    select
        jobs.*,
        date_diff('microsecond', lag(jobs.ready_at) over hour_of_pool, jobs.ready_at) / 1e6 as gap_seconds
    from jobs
    semi join busy_hours using (provider, repository_id, pool_labels, ready_hour_at)
    window hour_of_pool as (
        partition by jobs.provider, jobs.repository_id, jobs.pool_labels, jobs.ready_hour_at
        order by jobs.ready_at, jobs.job_id
    )

),

busy as (

    select
        provider,
        repository_id,
        pool_labels,
        count(known_queue_seconds) as busy_job_count,
        avg(known_queue_seconds order by known_queue_seconds) as busy_queue_seconds_mean,
        {{ p95('known_queue_seconds') }} as busy_queue_seconds_p95,
        var_pop(gap_seconds order by gap_seconds) / nullif(pow(avg(gap_seconds order by gap_seconds), 2), 0)
            as arrival_variation_ratio
    from busy_jobs
    group by all

),

services as (

    select
        provider,
        repository_id,
        pool_labels,
        any_value(repository_name) as repository_name,
        any_value(runner_kind) as runner_kind,
        count(*) as pool_job_count,
        nullif(count(distinct machine_id), 0) as machine_count,
        avg(execution_seconds order by execution_seconds) as execution_seconds_mean,
        var_pop(execution_seconds order by execution_seconds)
        / nullif(pow(avg(execution_seconds order by execution_seconds), 2), 0) as execution_variation_ratio
    from jobs
    group by all

),

loaded as (

    select
        services.*,
        peaks.running_job_count_max,
        runs_side_by_side.parallel_run_count_p95,
        pools.hour_count,
        pools.hourly_job_count_p95,
        busy.busy_job_count,
        busy.busy_queue_seconds_mean,
        busy.busy_queue_seconds_p95,
        busy.arrival_variation_ratio,
        pools.hourly_job_count_p95 * services.execution_seconds_mean / 3600 as offered_runner_count,
        offered_runner_count / nullif(peaks.running_job_count_max, 0) as utilization_ratio
    from services
    inner join peaks using (provider, repository_id, pool_labels)
    inner join pools using (provider, repository_id, pool_labels)
    inner join runs_side_by_side using (provider, repository_id, pool_labels)
    left join busy using (provider, repository_id, pool_labels)

),

-- Sakasegawa's approximation of the mean wait in a queue with general arrivals and executions. Its number of runners is
-- the most that were seen at work, a lower bound of those there are, and so the wait is an upper one.
judged as (

    select
        provider,
        repository_id,
        repository_name,
        array_to_string(pool_labels, ', ') as pool_name,
        runner_kind,
        pool_job_count,
        running_job_count_max,
        parallel_run_count_p95,
        machine_count,
        hour_count,
        hourly_job_count_p95,
        execution_seconds_mean,
        {{ measured('execution_variation_ratio') }} as execution_variation_ratio,
        {{ measured('arrival_variation_ratio') }} as arrival_variation_ratio,
        {{ measured('utilization_ratio') }} as utilization_ratio,
        case
            when utilization_ratio < 1
                then
                    {{ measured('
                        execution_seconds_mean
                        * (arrival_variation_ratio + execution_variation_ratio) / 2
                        * pow(utilization_ratio, sqrt(2 * (running_job_count_max + 1)) - 1)
                        / (running_job_count_max * (1 - utilization_ratio))
                    ') }}
        end as predicted_queue_seconds,
        busy_job_count,
        busy_queue_seconds_mean,
        busy_queue_seconds_p95,
        cast(ceil(offered_runner_count / 0.8) as bigint) as needed_runner_count,
        case
            when hourly_job_count_p95 is null or busy_queue_seconds_p95 is null then 'not enough data'
            when busy_queue_seconds_p95 <= 60 then 'runners are there'
            when utilization_ratio > 0.8 then 'too few runners'
            else 'waits for something else'
        end as pool_verdict
    from loaded

),

-- Only where jobs wait for them, and they are busy, is the most at work the number of runners, and no lower bound. Of
-- few runs it is not known how many share them: greatest() of a null would be 1.
final as (

    select
        *,
        case
            when pool_verdict = 'too few runners' and parallel_run_count_p95 is not null
                then cast(greatest(1, floor(running_job_count_max / parallel_run_count_p95)) as bigint)
        end as run_runner_count
    from judged

)

select * from final
