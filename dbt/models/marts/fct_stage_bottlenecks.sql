with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

attempts as (

    select *
    from {{ ref('fct_run_attempts') }}
    where is_headline and wall_seconds > 0

),

path_jobs as (

    select * from {{ ref('fct_critical_paths') }}

),

steps as (

    select * from {{ ref('fct_steps') }}

),

jobs as (

    select * from {{ ref('fct_jobs') }}

),

replays as (

    select *
    from {{ ref('int_attempts_replayed_with_faster_jobs') }}
    where replay_kind = 'faster_family'

),

attempts_in_periods as (

    select
        provider,
        repository_id,
        repository_name,
        workflow_id,
        workflow_name,
        run_id,
        run_attempt,
        created_at,
        wall_seconds,
        dag_source,
        'week' as period_kind,
        iso_week_start_date as period_start_date
    from attempts
    union all
    select
        attempts.provider,
        attempts.repository_id,
        attempts.repository_name,
        attempts.workflow_id,
        attempts.workflow_name,
        attempts.run_id,
        attempts.run_attempt,
        attempts.created_at,
        attempts.wall_seconds,
        attempts.dag_source,
        'last_30_days' as period_kind,
        cast(repositories.window_start_at as date) as period_start_date
    from attempts
    inner join repositories using (provider, repository_id)
    where attempts.created_at > repositories.window_start_at and attempts.created_at <= repositories.as_of_at

),

periods as (

    select
        provider,
        repository_id,
        workflow_id,
        period_kind,
        period_start_date,
        any_value(repository_name) as repository_name,
        max_by(workflow_name, created_at) as workflow_name,
        count(*) as attempt_count,
        sum(wall_seconds) as wall_seconds_total,
        {{ p50('wall_seconds') }} as wall_seconds_p50,
        if(min(dag_source) = max(dag_source), min(dag_source), 'mixed') as dag_source
    from attempts_in_periods
    group by all

),

time_on_paths as (

    select
        path_jobs.provider,
        path_jobs.repository_id,
        path_jobs.run_id,
        path_jobs.run_attempt,
        'job' as subject_kind,
        path_jobs.job_family_name as subject_name,
        path_jobs.execution_seconds as path_seconds,
        jobs.drag_seconds
    from path_jobs
    inner join jobs using (provider, repository_id, job_id)
    union all
    select
        path_jobs.provider,
        path_jobs.repository_id,
        path_jobs.run_id,
        path_jobs.run_attempt,
        'stage' as subject_kind,
        steps.stage_name as subject_name,
        steps.step_seconds as path_seconds,
        cast(null as double) as drag_seconds
    from path_jobs
    inner join steps using (provider, repository_id, job_id)
    union all
    select
        provider,
        repository_id,
        run_id,
        run_attempt,
        'wait' as subject_kind,
        'runner_queue' as subject_name,
        runner_queue_seconds as path_seconds,
        cast(null as double) as drag_seconds
    from path_jobs
    union all
    select
        provider,
        repository_id,
        run_id,
        run_attempt,
        'wait' as subject_kind,
        'scheduling' as subject_name,
        scheduling_seconds as path_seconds,
        cast(null as double) as drag_seconds
    from path_jobs

),

subjects_of_attempts as (

    select
        provider,
        repository_id,
        run_id,
        run_attempt,
        subject_kind,
        subject_name,
        sum(path_seconds) as path_seconds,
        sum(drag_seconds) as drag_seconds
    from time_on_paths
    group by all
    having sum(path_seconds) > 0 or subject_kind = 'job'

),

subjects as (

    select
        attempts_in_periods.provider,
        attempts_in_periods.repository_id,
        attempts_in_periods.workflow_id,
        attempts_in_periods.period_kind,
        attempts_in_periods.period_start_date,
        subjects_of_attempts.subject_kind,
        subjects_of_attempts.subject_name,
        count(*) as on_path_attempt_count,
        sum(subjects_of_attempts.path_seconds) as path_seconds_total,
        median(subjects_of_attempts.drag_seconds) as drag_seconds_p50
    from attempts_in_periods
    inner join subjects_of_attempts using (provider, repository_id, run_id, run_attempt)
    group by all

),

-- Attempts in which the job was not on the path would not have been shorter: their wall time stands.
replayed_attempts as (

    select
        attempts_in_periods.provider,
        attempts_in_periods.repository_id,
        attempts_in_periods.workflow_id,
        attempts_in_periods.period_kind,
        attempts_in_periods.period_start_date,
        subjects.subject_name,
        attempts_in_periods.wall_seconds,
        coalesce(replays.replayed_wall_seconds, attempts_in_periods.wall_seconds) as whatif_wall_seconds,
        row_number() over (
            partition by
                attempts_in_periods.provider,
                attempts_in_periods.repository_id,
                attempts_in_periods.workflow_id,
                attempts_in_periods.period_kind,
                attempts_in_periods.period_start_date,
                subjects.subject_name
            order by attempts_in_periods.created_at desc, attempts_in_periods.run_id asc
        ) as recency_rank
    from subjects
    inner join attempts_in_periods using (provider, repository_id, workflow_id, period_kind, period_start_date)
    left join replays
        on
            attempts_in_periods.provider = replays.provider
            and attempts_in_periods.repository_id = replays.repository_id
            and attempts_in_periods.run_id = replays.run_id
            and attempts_in_periods.run_attempt = replays.run_attempt
            and subjects.subject_name = replays.subject_name
    where subjects.subject_kind = 'job'

),

whatifs as (

    select
        provider,
        repository_id,
        workflow_id,
        period_kind,
        period_start_date,
        subject_name,
        'job' as subject_kind,
        {{ p50('whatif_wall_seconds') }} as whatif_wall_seconds_p50
    from replayed_attempts
    group by all

),

-- Bootstrap: 500 times as many attempts, drawn with replacement. The draws are hashes, so that every build agrees, and
-- the same for all jobs of a workflow. Of very busy workflows the latest thousand attempts are drawn from.
resampled_periods as (

    select
        *,
        least(attempt_count, 1000) as drawn_count
    from periods
    where period_kind = 'last_30_days' and attempt_count >= 20

),

resamples as (

    select
        *,
        unnest(range(500)) as resample_number
    from resampled_periods

),

draws as (

    select
        provider,
        repository_id,
        workflow_id,
        period_kind,
        period_start_date,
        resample_number,
        unnest(range(drawn_count)) as draw_number,
        1 + hash(workflow_id, resample_number, draw_number) % drawn_count as recency_rank
    from resamples

),

resampled_savings as (

    select
        draws.provider,
        draws.repository_id,
        draws.workflow_id,
        draws.period_kind,
        draws.period_start_date,
        replayed_attempts.subject_name,
        draws.resample_number,
        median(replayed_attempts.wall_seconds) - median(replayed_attempts.whatif_wall_seconds) as saving_seconds
    from draws
    inner join replayed_attempts
        using (provider, repository_id, workflow_id, period_kind, period_start_date, recency_rank)
    group by all

),

intervals as (

    select
        provider,
        repository_id,
        workflow_id,
        period_kind,
        period_start_date,
        subject_name,
        'job' as subject_kind,
        quantile_cont(saving_seconds, 0.05) as saving_seconds_low,
        quantile_cont(saving_seconds, 0.95) as saving_seconds_high
    from resampled_savings
    group by all

),

final as (

    select
        periods.provider,
        periods.repository_id,
        periods.repository_name,
        periods.workflow_id,
        periods.workflow_name,
        periods.period_kind,
        periods.period_start_date,
        subjects.subject_kind,
        subjects.subject_name,
        periods.attempt_count,
        subjects.on_path_attempt_count,
        periods.attempt_count >= 20 as is_enough_data,
        {{ ratio('subjects.path_seconds_total', 'periods.wall_seconds_total') }} as blame_ratio,
        {{ ratio('subjects.on_path_attempt_count', 'periods.attempt_count') }} as criticality_ratio,
        subjects.path_seconds_total,
        periods.wall_seconds_p50,
        whatifs.whatif_wall_seconds_p50,
        periods.wall_seconds_p50 - whatifs.whatif_wall_seconds_p50 as saving_seconds_p50,
        intervals.saving_seconds_low,
        intervals.saving_seconds_high,
        subjects.drag_seconds_p50,
        periods.dag_source
    from subjects
    inner join periods using (provider, repository_id, workflow_id, period_kind, period_start_date)
    left join whatifs
        using (provider, repository_id, workflow_id, period_kind, period_start_date, subject_kind, subject_name)
    left join intervals
        using (provider, repository_id, workflow_id, period_kind, period_start_date, subject_kind, subject_name)

)

select * from final
