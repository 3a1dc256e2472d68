{{
    config(
        materialized='incremental',
        incremental_strategy='whole_runs',
        on_schema_change='fail'
    )
}}

with recursive

touched_runs as (

    {{ touched_runs() }}

),

jobs as (

    select ordered.*
    from {{ ref('int_jobs_ordered_by_needs') }} as ordered
    semi join touched_runs using (provider, repository_id, run_id)

),

links as (

    select links.*
    from {{ ref('int_nodes_linked_by_needs') }} as links
    semi join touched_runs using (provider, repository_id, run_id)

),

last_jobs as (

    select
        provider,
        repository_id,
        run_id,
        run_attempt,
        job_id,
        completed_offset_seconds as wall_seconds
    from jobs
    qualify row_number() over (
        partition by provider, repository_id, run_id, run_attempt
        order by completed_offset_seconds desc, execution_seconds desc, job_id asc
    ) = 1

),

-- Backwards from the end, each time to the need that ended last.
walk (provider, repository_id, run_id, run_attempt, job_id, steps_from_end) as (

    select
        provider,
        repository_id,
        run_id,
        run_attempt,
        job_id,
        0
    from last_jobs
    union all
    select
        walk.provider,
        walk.repository_id,
        walk.run_id,
        walk.run_attempt,
        jobs.blocking_job_id,
        walk.steps_from_end + 1
    from walk
    inner join jobs using (provider, repository_id, run_id, run_attempt, job_id)
    where jobs.blocking_job_id is not null and walk.steps_from_end < {{ longest_chain() }}

),

path_positions as (

    select
        provider,
        repository_id,
        run_id,
        run_attempt,
        job_id,
        cast(
            max(steps_from_end) over (partition by provider, repository_id, run_id, run_attempt) - steps_from_end + 1
            as bigint
        ) as path_position
    from walk

),

-- Legs of a matrix share their needs: what follows waits for the one with the longest gap and execution.
spans as (

    select
        provider,
        repository_id,
        run_id,
        run_attempt,
        node_name,
        max(gap_seconds + execution_seconds) as span_seconds
    from jobs
    group by all

),

-- The longest way from a node's end to the attempt's. A round keeps one length per node, however many ways there are.
tails (provider, repository_id, run_id, run_attempt, node_name, link_count, tail_seconds) as (

    select
        provider,
        repository_id,
        run_id,
        run_attempt,
        node_name,
        0,
        cast(0 as double)
    from spans
    union all
    select
        links.provider,
        links.repository_id,
        links.run_id,
        links.run_attempt,
        links.needed_node_name,
        tails.link_count + 1,
        max(spans.span_seconds + tails.tail_seconds)
    from tails
    inner join links using (provider, repository_id, run_id, run_attempt, node_name)
    inner join spans using (provider, repository_id, run_id, run_attempt, node_name)
    where tails.link_count < {{ longest_chain() }}
    group by
        links.provider,
        links.repository_id,
        links.run_id,
        links.run_attempt,
        links.needed_node_name,
        tails.link_count

),

longest_tails as (

    select
        provider,
        repository_id,
        run_id,
        run_attempt,
        node_name,
        max(tail_seconds) as tail_seconds
    from tails
    group by all

),

weighed as (

    select
        jobs.*,
        last_jobs.wall_seconds,
        path_positions.path_position,
        path_positions.path_position is not null as is_on_critical_path,
        last_jobs.wall_seconds - jobs.completed_offset_seconds - longest_tails.tail_seconds as slack_seconds
    from jobs
    left join path_positions using (provider, repository_id, run_id, run_attempt, job_id)
    inner join last_jobs using (provider, repository_id, run_id, run_attempt)
    inner join longest_tails using (provider, repository_id, run_id, run_attempt, node_name)

)

select * from weighed
