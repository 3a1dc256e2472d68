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

needs as (

    select * from {{ ref('int_needs_followed_through_skipped_jobs') }}

),

-- Of jobs that ended in the same second the longest is the likelier cause.
possible_predecessors as (

    select *
    from jobs
    where is_order_inferred and execution_seconds > 0
    qualify row_number() over (
        partition by provider, repository_id, run_id, run_attempt, workflow_job_key, completed_offset_seconds
        order by execution_seconds desc, job_id asc
    ) = 1

),

followers as (

    select
        *,
        least(created_offset_seconds + 2, started_offset_seconds) as latest_end_seconds
    from jobs
    where is_order_inferred

),

-- The service makes a job when its needs have ended: of those that had begun by then, the last to end within 15 s of it
-- is taken for them. (The last of all may be another job that began meanwhile and took a second.)
inferred_links as (

    select
        followers.provider,
        followers.repository_id,
        followers.run_id,
        followers.run_attempt,
        followers.node_name,
        possible_predecessors.node_name as needed_node_name
    from followers
    inner join possible_predecessors
        on
            followers.provider = possible_predecessors.provider
            and followers.repository_id = possible_predecessors.repository_id
            and followers.run_id = possible_predecessors.run_id
            and followers.run_attempt = possible_predecessors.run_attempt
            and followers.workflow_job_key = possible_predecessors.workflow_job_key
            and followers.latest_end_seconds >= possible_predecessors.completed_offset_seconds
            and followers.created_offset_seconds - 15 <= possible_predecessors.completed_offset_seconds
            and followers.created_offset_seconds > possible_predecessors.started_offset_seconds
    qualify row_number() over (
        partition by
            followers.provider, followers.repository_id, followers.run_id, followers.run_attempt, followers.node_name
        order by possible_predecessors.completed_offset_seconds desc
    ) = 1

),

nodes as (

    select distinct
        provider,
        repository_id,
        run_id,
        run_attempt,
        workflow_job_key,
        node_name
    from jobs

),

declared_links as (

    select
        nodes.provider,
        nodes.repository_id,
        nodes.run_id,
        nodes.run_attempt,
        nodes.node_name,
        needed_nodes.node_name as needed_node_name
    from nodes
    anti join inferred_links using (provider, repository_id, run_id, run_attempt, node_name)
    inner join needs using (provider, repository_id, run_id, run_attempt, workflow_job_key)
    inner join nodes as needed_nodes
        on
            needs.provider = needed_nodes.provider
            and needs.repository_id = needed_nodes.repository_id
            and needs.run_id = needed_nodes.run_id
            and needs.run_attempt = needed_nodes.run_attempt
            and needs.needed_key = needed_nodes.workflow_job_key

),

links as (

    select * from inferred_links
    union all
    select * from declared_links

),

numbered as (

    select
        links.*,
        touched_runs.load_number
    from links
    inner join touched_runs using (provider, repository_id, run_id)

)

select * from numbered
