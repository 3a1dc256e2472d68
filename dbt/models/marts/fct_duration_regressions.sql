with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

measurements as (

    select * from {{ ref('fct_comparable_durations') }}

),

evaluations as (

    select
        evaluations.*,
        cast(repositories.as_of_at as date) as as_of_date,
        if(evaluations.direction = 'slower', 1, -1) as sign
    from {{ ref('fct_duration_evaluations') }} as evaluations
    inner join repositories using (provider, repository_id)

),

days as (

    select * from {{ ref('fct_daily_durations') }}

),

-- Benjamini and Hochberg's rule over what was judged on one day; nothing is asked of whole workflows, which are few.
evaluations_ranked as (

    select
        *,
        {{ cusum_chance('cusum') }} as chance_ratio,
        count(*) over kind_on_a_day as judged_count,
        row_number() over (kind_on_a_day order by cusum desc, series_id asc, direction asc) as chance_rank
    from evaluations
    window kind_on_a_day as (partition by provider, repository_id, series_kind, evaluated_date)

),

alarms as (

    select
        *,
        max(chance_rank) filter (
            where chance_ratio <= {{ regression_parameter('false_ratio') }} * chance_rank / judged_count
        ) over (partition by provider, repository_id, series_kind, evaluated_date) as last_credible_rank
    from evaluations_ranked
    qualify
        cusum > {{ regression_parameter('decision') }}
        and (series_kind = 'workflow' or coalesce(chance_rank <= last_credible_rank, false))
        and sign * (changed_seconds - baseline_seconds) >= greatest(
            {{ regression_parameter('effect_ratio') }} * baseline_seconds,
            case series_kind
                when 'workflow' then {{ regression_parameter('workflow_seconds') }}
                when 'job' then {{ regression_parameter('job_seconds') }}
                when 'stage' then {{ regression_parameter('stage_seconds') }}
                else {{ regression_parameter('test_seconds') }}
            end
        )

),

alarms_spaced as (

    select
        *,
        coalesce(
            evaluated_date - lag(evaluated_date) over (
                partition by provider, repository_id, series_kind, series_id, direction
                order by evaluated_date
            ) > {{ regression_parameter('gap_days') }},
            true
        ) as is_first
    from alarms

),

alarms_numbered as (

    select
        *,
        count(*) filter (where is_first) over (
            partition by provider, repository_id, series_kind, series_id, direction
            order by evaluated_date
        ) as regression_number
    from alarms_spaced

),

-- When it was found and where it began are told as of the first alarm and never change; how large it is, as of the
-- alarm that was clearest.
regressions as (

    select
        provider,
        repository_id,
        series_kind,
        series_id,
        direction,
        regression_number,
        any_value(as_of_date) as as_of_date,
        any_value(sign) as sign,
        min(evaluated_date) as detected_date,
        max(evaluated_date) as last_detected_date,
        arg_min(onset_date, evaluated_date) as onset_date,
        arg_max(baseline_seconds, row(cusum, evaluated_date)) as baseline_seconds,
        arg_max(baseline_day_count, row(cusum, evaluated_date)) as baseline_day_count,
        arg_max(changed_seconds, row(cusum, evaluated_date)) as changed_seconds,
        arg_max(changed_day_count, row(cusum, evaluated_date)) as changed_day_count,
        max(cusum) as cusum,
        min(chance_ratio) as chance_ratio
    from alarms_numbered
    group by all
    having min(evaluated_date) > any_value(as_of_date) - {{ regression_parameter('history_days') }}

),

regressions_bounded as (

    select
        *,
        (baseline_seconds + changed_seconds) / 2 as middle_seconds,
        lead(onset_date) over (
            partition by provider, repository_id, series_kind, series_id order by detected_date, direction
        ) as next_onset_date
    from regressions

),

-- The level came back when the middle of five days in a row lies nearer to the old one.
settled_levels as (

    select
        *,
        median(level_seconds) over (
            last_days rows between {{ regression_parameter('settled_before_count') }} preceding and current row
        ) as settled_seconds,
        min(day_date) over (
            last_days rows between {{ regression_parameter('settled_before_count') }} preceding and current row
        ) as settled_since_date
    from days
    window last_days as (partition by provider, repository_id, series_kind, series_id order by day_date)

),

returns as (

    select
        regressions_bounded.provider,
        regressions_bounded.repository_id,
        regressions_bounded.series_kind,
        regressions_bounded.series_id,
        regressions_bounded.direction,
        regressions_bounded.regression_number,
        min(settled_levels.day_date) as recovered_date
    from regressions_bounded
    inner join settled_levels using (provider, repository_id, series_kind, series_id)
    where
        settled_levels.settled_since_date > regressions_bounded.detected_date
        and regressions_bounded.sign * (settled_levels.settled_seconds - regressions_bounded.middle_seconds) < 0
    group by all

),

default_branch_runs as (

    select
        *,
        cast(created_at as date) as day_date
    from measurements
    where is_default_branch

),

first_bad_runs as (

    select
        regressions_bounded.provider,
        regressions_bounded.repository_id,
        regressions_bounded.series_kind,
        regressions_bounded.series_id,
        regressions_bounded.direction,
        regressions_bounded.regression_number,
        min(default_branch_runs.created_at) as first_bad_at,
        arg_min(default_branch_runs.head_sha, row(default_branch_runs.created_at, default_branch_runs.run_id))
            as first_bad_sha,
        arg_min(default_branch_runs.run_url, row(default_branch_runs.created_at, default_branch_runs.run_id))
            as first_bad_run_url
    from regressions_bounded
    inner join default_branch_runs using (provider, repository_id, series_kind, series_id)
    where
        default_branch_runs.day_date between regressions_bounded.onset_date and regressions_bounded.last_detected_date
        and regressions_bounded.sign * (default_branch_runs.comparable_seconds - regressions_bounded.middle_seconds) > 0
    group by all

),

last_good_runs as (

    select
        first_bad_runs.provider,
        first_bad_runs.repository_id,
        first_bad_runs.series_kind,
        first_bad_runs.series_id,
        first_bad_runs.direction,
        first_bad_runs.regression_number,
        max(default_branch_runs.created_at) as last_good_at,
        arg_max(default_branch_runs.head_sha, row(default_branch_runs.created_at, default_branch_runs.run_id))
            as last_good_sha
    from first_bad_runs
    inner join regressions_bounded
        using (provider, repository_id, series_kind, series_id, direction, regression_number)
    inner join default_branch_runs using (provider, repository_id, series_kind, series_id)
    where
        default_branch_runs.day_date < regressions_bounded.onset_date
        and default_branch_runs.head_sha <> first_bad_runs.first_bad_sha
        and regressions_bounded.sign * (default_branch_runs.comparable_seconds - regressions_bounded.middle_seconds) < 0
    group by all

),

-- Commits between them of which a run is known, the first bad one included: the service is not asked for others.
suspects as (

    select
        first_bad_runs.provider,
        first_bad_runs.repository_id,
        first_bad_runs.series_kind,
        first_bad_runs.series_id,
        first_bad_runs.direction,
        first_bad_runs.regression_number,
        count(distinct default_branch_runs.head_sha) as suspect_commit_count
    from first_bad_runs
    inner join last_good_runs
        using (provider, repository_id, series_kind, series_id, direction, regression_number)
    inner join default_branch_runs using (provider, repository_id, series_kind, series_id)
    where
        default_branch_runs.created_at > last_good_runs.last_good_at
        and default_branch_runs.created_at <= first_bad_runs.first_bad_at
        and default_branch_runs.head_sha <> last_good_runs.last_good_sha
    group by all

),

-- Where no run of the default branch shows it, the first run of the day it began does.
series as (

    select
        provider,
        repository_id,
        series_kind,
        series_id,
        any_value(repository_name) as repository_name,
        arg_max(workflow_id, created_at) as workflow_id,
        arg_max(workflow_name, created_at) as workflow_name,
        arg_max(series_name, created_at) as series_name
    from measurements
    group by all

),

first_runs_after as (

    select
        regressions_bounded.provider,
        regressions_bounded.repository_id,
        regressions_bounded.series_kind,
        regressions_bounded.series_id,
        regressions_bounded.direction,
        regressions_bounded.regression_number,
        arg_min(measurements.run_url, row(measurements.created_at, measurements.run_id)) as run_url
    from regressions_bounded
    inner join measurements using (provider, repository_id, series_kind, series_id)
    where
        cast(measurements.created_at as date) between regressions_bounded.onset_date
        and regressions_bounded.last_detected_date
        and regressions_bounded.sign * (measurements.comparable_seconds - regressions_bounded.middle_seconds) > 0
    group by all

),

final as (

    select
        md5(concat_ws(
            '|', provider, repository_id, series_kind, series_id, direction, regressions_bounded.detected_date
        )) as regression_id,
        provider,
        repository_id,
        series.repository_name,
        series.workflow_id,
        series.workflow_name,
        series_kind,
        series_id,
        series.series_name,
        direction,
        {{ regression_state('returns.recovered_date', 'regressions_bounded.next_onset_date') }} as regression_state,
        regressions_bounded.onset_date,
        regressions_bounded.detected_date,
        regressions_bounded.last_detected_date,
        least(returns.recovered_date, regressions_bounded.next_onset_date) as ended_date,
        {{ measured('regressions_bounded.baseline_seconds') }} as baseline_seconds,
        {{ measured('regressions_bounded.changed_seconds') }} as changed_seconds,
        regressions_bounded.changed_seconds - regressions_bounded.baseline_seconds as change_seconds,
        {{ measured('regressions_bounded.changed_seconds / regressions_bounded.baseline_seconds - 1') }}
            as change_ratio,
        {{ measured('regressions_bounded.cusum') }} as cusum,
        regressions_bounded.chance_ratio,
        regressions_bounded.baseline_day_count,
        regressions_bounded.changed_day_count,
        last_good_runs.last_good_sha,
        first_bad_runs.first_bad_sha,
        suspects.suspect_commit_count,
        coalesce(first_bad_runs.first_bad_run_url, first_runs_after.run_url) as evidence_url
    from regressions_bounded
    inner join series using (provider, repository_id, series_kind, series_id)
    left join returns using (provider, repository_id, series_kind, series_id, direction, regression_number)
    left join first_bad_runs using (provider, repository_id, series_kind, series_id, direction, regression_number)
    left join last_good_runs using (provider, repository_id, series_kind, series_id, direction, regression_number)
    left join suspects using (provider, repository_id, series_kind, series_id, direction, regression_number)
    left join first_runs_after using (provider, repository_id, series_kind, series_id, direction, regression_number)

)

select * from final
