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

    select placed.*
    from {{ ref('int_jobs_placed_in_dag') }} as placed
    semi join touched_runs using (provider, repository_id, run_id)

),

links as (

    select * from {{ ref('int_nodes_linked_by_needs') }}

),

-- Ties: the longest job, then the smallest id, so that every run of the model agrees.
last_jobs_of_nodes as (

    select
        provider,
        repository_id,
        run_id,
        run_attempt,
        node_name as needed_node_name,
        job_id,
        completed_offset_seconds,
        execution_seconds
    from jobs
    qualify row_number() over (
        partition by provider, repository_id, run_id, run_attempt, node_name
        order by completed_offset_seconds desc, execution_seconds desc, job_id asc
    ) = 1

),

blocking_jobs as (

    select
        links.provider,
        links.repository_id,
        links.run_id,
        links.run_attempt,
        links.node_name,
        last_jobs_of_nodes.job_id as blocking_job_id,
        last_jobs_of_nodes.completed_offset_seconds as ready_offset_seconds
    from links
    inner join last_jobs_of_nodes using (provider, repository_id, run_id, run_attempt, needed_node_name)
    qualify row_number() over (
        partition by links.provider, links.repository_id, links.run_id, links.run_attempt, links.node_name
        order by
            last_jobs_of_nodes.completed_offset_seconds desc,
            last_jobs_of_nodes.execution_seconds desc,
            last_jobs_of_nodes.job_id asc
    ) = 1

),

ordered as (

    select
        jobs.*,
        blocking_jobs.blocking_job_id,
        coalesce(blocking_jobs.ready_offset_seconds, 0) as ready_offset_seconds,
        jobs.started_offset_seconds - coalesce(blocking_jobs.ready_offset_seconds, 0) as gap_seconds
    from jobs
    left join blocking_jobs using (provider, repository_id, run_id, run_attempt, node_name)

)

select * from ordered
