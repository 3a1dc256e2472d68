with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

decided as (

    select
        attempts.*,
        repositories.as_of_at,
        attempts.is_failure_like as is_red
    from {{ ref('fct_run_attempts') }} as attempts
    inner join repositories using (provider, repository_id)
    where
        attempts.is_default_branch
        and attempts.attempt_ended_at is not null
        and (attempts.result = 'success' or attempts.is_failure_like)

),

-- What ends after a later run has ended says nothing of the branch as it is: an old commit run again, or a slow run.
decided_in_order as (

    select
        *,
        coalesce(
            created_at >= max(created_at) over (
                partition by provider, repository_id, workflow_id
                order by attempt_ended_at, created_at, run_id, run_attempt
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as is_latest
    from decided

),

states as (

    select
        *,
        lag(is_red) over ends as was_red
    from decided_in_order
    where is_latest
    window ends as (
        partition by provider, repository_id, workflow_id
        order by attempt_ended_at, created_at, run_id, run_attempt
    )

),

-- Counts the greens before: a red streak has one number.
streaks as (

    select
        *,
        count(*) filter (where not is_red) over (
            partition by provider, repository_id, workflow_id
            order by attempt_ended_at, created_at, run_id, run_attempt
        ) as green_number
    from states

),

red_streaks as (

    select
        provider,
        repository_id,
        workflow_id,
        green_number,
        any_value(as_of_at) as as_of_at,
        any_value(repository_name) as repository_name,
        arg_max(workflow_name, attempt_ended_at) as workflow_name,
        bool_or(coalesce(not was_red, false)) as is_start_known,
        min(attempt_ended_at) as failed_at,
        min(created_at) as first_red_created_at,
        count(distinct run_id) as failed_run_count,
        list(distinct head_sha) as red_shas,
        arg_min(head_sha, row(attempt_ended_at, run_id, run_attempt)) as first_red_sha,
        arg_min(run_id, row(attempt_ended_at, run_id, run_attempt)) as first_red_run_id,
        arg_min(run_attempt, row(attempt_ended_at, run_id, run_attempt)) as first_red_run_attempt,
        arg_min(run_url, row(attempt_ended_at, run_id, run_attempt)) as evidence_url
    from streaks
    where is_red
    group by all

),

-- The first green with a number ends the streak before it, the last one with it stands before the next.
greens as (

    select
        provider,
        repository_id,
        workflow_id,
        green_number,
        head_sha,
        created_at,
        attempt_ended_at,
        run_url
    from streaks
    where not is_red

),

episodes as (

    select
        red_streaks.*,
        after_it.attempt_ended_at as recovered_at,
        after_it.head_sha as recovered_sha,
        after_it.run_url as recovered_run_url,
        before_it.head_sha as last_green_sha,
        before_it.created_at as last_green_created_at,
        case
            when after_it.attempt_ended_at is null then 'open'
            when list_contains(red_streaks.red_shas, after_it.head_sha) then 'flaky_recovery'
            else 'recovery'
        end as recovery_kind
    from red_streaks
    left join greens as after_it
        on
            red_streaks.provider = after_it.provider
            and red_streaks.repository_id = after_it.repository_id
            and red_streaks.workflow_id = after_it.workflow_id
            and red_streaks.green_number + 1 = after_it.green_number
    left join greens as before_it
        on
            red_streaks.provider = before_it.provider
            and red_streaks.repository_id = before_it.repository_id
            and red_streaks.workflow_id = before_it.workflow_id
            and red_streaks.green_number = before_it.green_number

),

suspects as (

    select
        episodes.provider,
        episodes.repository_id,
        episodes.workflow_id,
        episodes.green_number,
        count(distinct decided.head_sha) as suspect_commit_count
    from episodes
    inner join decided using (provider, repository_id, workflow_id)
    where
        decided.created_at > episodes.last_green_created_at
        and decided.created_at <= episodes.first_red_created_at
        and decided.head_sha <> episodes.last_green_sha
    group by all

),

-- The first failed job of the run that began it says why, the most fundamental class first.
causes as (

    select
        provider,
        repository_id,
        run_id as first_red_run_id,
        run_attempt as first_red_run_attempt,
        arg_min(failure_class, row(
            list_position(
                [
                    'runner_lost', 'timeout', 'oom', 'disk', 'network', 'rate_limit', 'auth', 'infra_service',
                    'dependency', 'compile', 'lint', 'test', 'deploy', 'config', 'unknown'
                ],
                failure_class
            ),
            job_id
        )) as failure_class
    from {{ ref('fct_failures') }}
    group by all

),

final as (

    select
        md5(concat_ws(
            '|', provider, repository_id, workflow_id, first_red_run_id, first_red_run_attempt
        )) as recovery_id,
        provider,
        repository_id,
        episodes.repository_name,
        workflow_id,
        episodes.workflow_name,
        episodes.recovery_kind,
        episodes.is_start_known,
        episodes.failed_at,
        episodes.recovered_at,
        {{ seconds_between('episodes.failed_at', 'episodes.recovered_at') }} as recovery_seconds,
        {{ seconds_between('episodes.failed_at', 'coalesce(episodes.recovered_at, episodes.as_of_at)') }}
            as red_seconds,
        episodes.failed_run_count,
        causes.failure_class,
        episodes.last_green_sha as last_good_sha,
        episodes.first_red_sha as first_bad_sha,
        if(episodes.recovery_kind = 'flaky_recovery', null, suspects.suspect_commit_count) as suspect_commit_count,
        episodes.recovered_sha,
        episodes.recovered_run_url,
        episodes.evidence_url
    from episodes
    left join suspects using (provider, repository_id, workflow_id, green_number)
    left join causes using (provider, repository_id, first_red_run_id, first_red_run_attempt)

)

select * from final
