with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

costs as (

    select
        provider,
        repository_id,
        job_id,
        {{ runner_pool('runner_labels') }} as pool_labels
    from {{ ref('fct_job_costs') }}

),

jobs as (

    select
        jobs.*,
        costs.pool_labels,
        -- Where it is not known what a job needs, the wait for that is part of its queue.
        if(jobs.dependency_wait_seconds is null, null, jobs.runner_queue_seconds) as known_queue_seconds
    from {{ ref('fct_jobs') }} as jobs
    inner join repositories using (provider, repository_id)
    left join costs using (provider, repository_id, job_id)
    where
        jobs.is_executed
        and jobs.completed_at is not null
        and jobs.started_at > repositories.window_start_at
        and jobs.started_at <= repositories.as_of_at

),

matches as (

    select * from {{ ref('int_jobs_matched_to_declarations') }}

),

declarations as (

    select *
    from {{ ref('stg_workflow_jobs') }}
    where matrix_json is not null

),

legs as (

    select
        jobs.provider,
        jobs.repository_id,
        jobs.repository_name,
        jobs.workflow_id,
        jobs.workflow_name,
        jobs.run_id,
        jobs.run_attempt,
        jobs.job_id,
        jobs.started_at,
        jobs.completed_at,
        jobs.runner_queue_seconds,
        jobs.pool_labels,
        matches.workflow_path,
        declarations.workflow_job_key,
        declarations.max_parallel_count
    from jobs
    inner join matches using (provider, repository_id, job_id)
    inner join declarations
        on
            matches.provider = declarations.provider
            and matches.repository_id = declarations.repository_id
            and matches.workflow_path = declarations.workflow_path
            and matches.workflow_file_id = declarations.workflow_file_id
            and matches.workflow_job_key = declarations.workflow_job_key

),

-- How many legs were at work when this one began, itself among them; and whether it took the place of one that had
-- ended up to five seconds before.
legs_beside_others as (

    select
        legs.provider,
        legs.repository_id,
        legs.workflow_id,
        legs.workflow_job_key,
        legs.run_id,
        legs.run_attempt,
        legs.job_id,
        count(*) filter (
            where siblings.started_at <= legs.started_at and siblings.completed_at > legs.started_at
        ) as parallel_leg_count,
        bool_or(
            siblings.job_id <> legs.job_id
            and siblings.completed_at between legs.started_at - interval 5 second and legs.started_at
        ) as is_replacing
    from legs
    inner join legs as siblings using (provider, repository_id, workflow_id, workflow_job_key, run_id, run_attempt)
    group by all

),

attempts as (

    select
        legs.provider,
        legs.repository_id,
        legs.repository_name,
        legs.workflow_id,
        legs.workflow_job_key,
        legs.run_id,
        legs.run_attempt,
        max(legs.workflow_name) as workflow_name,
        max(legs.workflow_path) as workflow_path,
        max(legs.max_parallel_count) as max_parallel_count,
        min(legs.started_at) as first_started_at,
        max(legs.completed_at) as last_completed_at,
        count(*) as leg_count,
        max(beside.parallel_leg_count) as parallel_leg_count,
        count(*) filter (where beside.is_replacing) as replacing_leg_count
    from legs
    inner join legs_beside_others as beside
        using (provider, repository_id, workflow_id, workflow_job_key, run_id, run_attempt, job_id)
    group by all

),

legs_queued as (

    select
        provider,
        repository_id,
        workflow_id,
        workflow_job_key,
        {{ p50('runner_queue_seconds') }} as leg_queue_seconds_p50,
        {{ p95('runner_queue_seconds') }} as leg_queue_seconds_p95
    from legs
    group by all

),

pools_of_matrices as (

    select distinct
        provider,
        repository_id,
        workflow_id,
        workflow_job_key,
        pool_labels
    from legs

),

runs_of_matrices as (

    select distinct
        provider,
        repository_id,
        workflow_id,
        workflow_job_key,
        run_id
    from attempts

),

-- Jobs of other runs that came while the matrix was at work: those it may have taken runners from.
jobs_beside_matrices as (

    select distinct
        attempts.provider,
        attempts.repository_id,
        attempts.workflow_id,
        attempts.workflow_job_key,
        jobs.job_id
    from attempts
    inner join jobs
        on
            attempts.provider = jobs.provider
            and attempts.repository_id = jobs.repository_id
            and attempts.run_id <> jobs.run_id
            and jobs.created_at between attempts.first_started_at and attempts.last_completed_at

),

-- Beside them, for comparison, those that came while it was not; of either only what asked for the same runners.
other_jobs as (

    select
        pools.provider,
        pools.repository_id,
        pools.workflow_id,
        pools.workflow_job_key,
        jobs.job_id,
        jobs.known_queue_seconds,
        beside.job_id is not null as is_beside
    from pools_of_matrices as pools
    inner join jobs using (provider, repository_id, pool_labels)
    left join jobs_beside_matrices as beside
        on
            pools.provider = beside.provider
            and pools.repository_id = beside.repository_id
            and pools.workflow_id = beside.workflow_id
            and pools.workflow_job_key = beside.workflow_job_key
            and jobs.job_id = beside.job_id
    left join runs_of_matrices as own
        on
            pools.provider = own.provider
            and pools.repository_id = own.repository_id
            and pools.workflow_id = own.workflow_id
            and pools.workflow_job_key = own.workflow_job_key
            and jobs.run_id = own.run_id
    where jobs.known_queue_seconds is not null and (beside.job_id is not null or own.run_id is null)

),

others_queued as (

    select
        provider,
        repository_id,
        workflow_id,
        workflow_job_key,
        count(*) filter (where is_beside) as other_job_count,
        {{ p95('known_queue_seconds', 'is_beside') }} as other_queue_seconds_p95,
        avg(known_queue_seconds order by known_queue_seconds) filter (where is_beside) as other_queue_seconds_mean,
        count(*) filter (where not is_beside) as apart_job_count,
        {{ p95('known_queue_seconds', 'not is_beside') }} as apart_queue_seconds_p95,
        avg(known_queue_seconds order by known_queue_seconds) filter (where not is_beside) as apart_queue_seconds_mean
    from other_jobs
    group by all

),

matrices as (

    select
        provider,
        repository_id,
        repository_name,
        workflow_id,
        workflow_job_key,
        max_by(workflow_name, first_started_at) as workflow_name,
        max_by(workflow_path, first_started_at) as workflow_path,
        -- The null of the last attempt stands: a limit that was taken away is none.
        arg_max_null(max_parallel_count, first_started_at) as max_parallel_count,
        count(*) as matrix_attempt_count,
        max(leg_count) as leg_count,
        max(parallel_leg_count) as parallel_leg_count_max,
        {{ ratio('sum(replacing_leg_count)', 'sum(leg_count)') }} as replacing_leg_ratio
    from attempts
    where leg_count > 1
    group by all

),

final as (

    select
        matrices.provider,
        matrices.repository_id,
        matrices.repository_name,
        matrices.workflow_id,
        matrices.workflow_name,
        matrices.workflow_path,
        matrices.workflow_job_key,
        matrices.max_parallel_count,
        matrices.matrix_attempt_count,
        matrices.leg_count,
        matrices.parallel_leg_count_max,
        {{ measured('matrices.replacing_leg_ratio') }} as replacing_leg_ratio,
        legs_queued.leg_queue_seconds_p50,
        legs_queued.leg_queue_seconds_p95,
        coalesce(others_queued.other_job_count, 0) as other_job_count,
        others_queued.other_queue_seconds_p95,
        others_queued.other_queue_seconds_mean,
        coalesce(others_queued.apart_job_count, 0) as apart_job_count,
        others_queued.apart_queue_seconds_p95,
        others_queued.apart_queue_seconds_mean
    from matrices
    left join legs_queued using (provider, repository_id, workflow_id, workflow_job_key)
    left join others_queued using (provider, repository_id, workflow_id, workflow_job_key)

)

select * from final
