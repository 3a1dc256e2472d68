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

    select weighed.*
    from {{ ref('int_jobs_weighed_on_critical_path') }} as weighed
    semi join touched_runs using (provider, repository_id, run_id)

),

links as (

    select links.*
    from {{ ref('int_nodes_linked_by_needs') }} as links
    semi join touched_runs using (provider, repository_id, run_id)

),

-- A job off the path has slack: to speed it up changes nothing, so only what is on the path is replayed.
replays as (

    select
        provider,
        repository_id,
        run_id,
        run_attempt,
        'without_job' as replay_kind,
        cast(job_id as varchar) as subject_name
    from jobs
    where is_on_critical_path
    union all
    select distinct
        provider,
        repository_id,
        run_id,
        run_attempt,
        'faster_family' as replay_kind,
        job_family_name as subject_name
    from jobs
    where is_on_critical_path

),

-- Gaps stay as they were; only the executions of the subject shrink.
spans as (

    select
        replays.*,
        jobs.node_name,
        max(
            jobs.gap_seconds + jobs.execution_seconds * case
                when replays.replay_kind = 'without_job' and replays.subject_name = cast(jobs.job_id as varchar) then 0
                when replays.replay_kind = 'faster_family' and replays.subject_name = jobs.job_family_name then 0.7
                else 1
            end
        ) as span_seconds
    from replays
    inner join jobs using (provider, repository_id, run_id, run_attempt)
    group by all

),

-- Forward, round by round, one end per node: as many rounds as the longest chain of needs, never one per way through.
ends (
    provider,
    repository_id,
    run_id,
    run_attempt,
    replay_kind,
    subject_name,
    node_name,
    link_count,
    completed_offset_seconds
) as (

    select
        spans.provider,
        spans.repository_id,
        spans.run_id,
        spans.run_attempt,
        spans.replay_kind,
        spans.subject_name,
        spans.node_name,
        0,
        spans.span_seconds
    from spans
    anti join links using (provider, repository_id, run_id, run_attempt, node_name)
    union all
    select
        ends.provider,
        ends.repository_id,
        ends.run_id,
        ends.run_attempt,
        ends.replay_kind,
        ends.subject_name,
        links.node_name,
        ends.link_count + 1,
        max(ends.completed_offset_seconds + spans.span_seconds)
    from ends
    inner join links
        on
            ends.provider = links.provider
            and ends.repository_id = links.repository_id
            and ends.run_id = links.run_id
            and ends.run_attempt = links.run_attempt
            and ends.node_name = links.needed_node_name
    inner join spans
        on
            ends.provider = spans.provider
            and ends.repository_id = spans.repository_id
            and ends.run_id = spans.run_id
            and ends.run_attempt = spans.run_attempt
            and ends.replay_kind = spans.replay_kind
            and ends.subject_name = spans.subject_name
            and links.node_name = spans.node_name
    where ends.link_count < {{ longest_chain() }}
    group by
        ends.provider,
        ends.repository_id,
        ends.run_id,
        ends.run_attempt,
        ends.replay_kind,
        ends.subject_name,
        links.node_name,
        ends.link_count

),

walls as (

    select
        provider,
        repository_id,
        run_id,
        run_attempt,
        replay_kind,
        subject_name,
        max(completed_offset_seconds) as replayed_wall_seconds
    from ends
    group by all

),

numbered as (

    select
        walls.*,
        touched_runs.load_number
    from walls
    inner join touched_runs using (provider, repository_id, run_id)

)

select * from numbered
