-- Starts are cut and ends rounded up to whole seconds: two seconds of difference per job are not an error.
with

paths as (

    select
        provider,
        repository_id,
        run_id,
        run_attempt,
        sum(execution_seconds + runner_queue_seconds + scheduling_seconds) as path_seconds,
        min(least(execution_seconds, runner_queue_seconds, scheduling_seconds)) as shortest_part_seconds,
        max(path_position) as last_position,
        count(*) as job_count
    from {{ ref('fct_critical_paths') }}
    group by all

),

attempts as (

    select *
    from {{ ref('fct_run_attempts') }}
    where wall_seconds is not null

)

select
    attempts.run_id,
    attempts.run_attempt,
    attempts.wall_seconds,
    paths.path_seconds
from attempts
left join paths using (provider, repository_id, run_id, run_attempt)
where
    paths.path_seconds is null
    or abs(attempts.wall_seconds - paths.path_seconds) > 2 * paths.job_count
    or paths.shortest_part_seconds < 0
    or paths.last_position <> paths.job_count
