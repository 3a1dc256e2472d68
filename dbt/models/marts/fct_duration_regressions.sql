with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

measurements as (

    select * from {{ ref('fct_comparable_durations') }}

),

-- Millions of pairs of days are compared below: a number tells their series apart in less time than its names.
series_numbered as (

    select
        provider,
        repository_id,
        series_kind,
        series_id,
        row_number() over (order by provider, repository_id, series_kind, series_id) as series_number
    from measurements
    group by provider, repository_id, series_kind, series_id

),

-- Runs of one day share runners and network: the day is what is compared, once it is over.
days as (

    select
        measurements.provider,
        measurements.repository_id,
        measurements.series_kind,
        measurements.series_id,
        series_numbered.series_number,
        cast(measurements.created_at as date) as day_date,
        isodow(cast(measurements.created_at as date)) >= 6 as is_weekend,
        any_value(cast(repositories.as_of_at as date)) as as_of_date,
        median(measurements.comparable_seconds) as level_seconds,
        1.4826 * mad(measurements.comparable_seconds) / nullif(median(measurements.comparable_seconds), 0)
            as run_noise_ratio
    from measurements
    inner join repositories using (provider, repository_id)
    inner join series_numbered using (provider, repository_id, series_kind, series_id)
    where cast(measurements.created_at as date) < cast(repositories.as_of_at as date)
    group by all
    having count(*) >= {{ regression_parameter('daily_count') }}

),

-- The default branch often does more than a pull request: each is compared with itself, or their mix would be a change.
days_by_branch as (

    select
        series_numbered.series_number,
        cast(measurements.created_at as date) as day_date,
        measurements.is_default_branch,
        median(measurements.comparable_seconds) as branch_seconds,
        count(*) as branch_run_count
    from measurements
    inner join series_numbered using (provider, repository_id, series_kind, series_id)
    group by all

),

evaluated_days as (

    select
        *,
        day_date as evaluated_date
    from days
    where day_date > as_of_date - {{ regression_days('history_days', 'gap_days', 'window_days') }}

),

-- Every day is judged again on what was known then: the days before it, and no others.
days_in_view as (

    select
        evaluated_days.series_number,
        evaluated_days.evaluated_date,
        evaluated_days.as_of_date,
        days.day_date,
        days.is_weekend,
        days.level_seconds,
        days.run_noise_ratio,
        days.day_date <= evaluated_days.evaluated_date - {{ regression_parameter('window_days') }} as is_baseline
    from evaluated_days
    inner join days
        on
            evaluated_days.series_number = days.series_number
            and evaluated_days.evaluated_date >= days.day_date
            and evaluated_days.evaluated_date - {{ regression_days('window_days', 'baseline_days') }} < days.day_date

),

baselines as (

    select
        series_number,
        evaluated_date,
        median(level_seconds) as baseline_seconds,
        median(run_noise_ratio) as usual_run_noise_ratio,
        count(*) as baseline_day_count
    from days_in_view
    where is_baseline
    group by all
    having count(*) >= {{ regression_parameter('baseline_day_count') }} and median(level_seconds) > 0

),

branches_in_view as (

    select
        days_in_view.series_number,
        days_in_view.evaluated_date,
        days_in_view.day_date,
        days_in_view.is_weekend,
        days_in_view.is_baseline,
        days_by_branch.is_default_branch,
        days_by_branch.branch_seconds,
        days_by_branch.branch_run_count
    from days_in_view
    inner join days_by_branch using (series_number, day_date)

),

usual_levels as (

    select
        series_number,
        evaluated_date,
        is_default_branch,
        median(branch_seconds) as usual_seconds
    from branches_in_view
    where is_baseline
    group by all
    having count(*) >= {{ regression_parameter('part_day_count') }} and median(branch_seconds) > 0

),

-- Weekends have other runs, and fewer: a day is compared with days of its part of the week, where there are enough.
usual_levels_by_part_of_week as (

    select
        series_number,
        evaluated_date,
        is_default_branch,
        is_weekend,
        median(branch_seconds) as usual_seconds
    from branches_in_view
    where is_baseline
    group by all
    having count(*) >= {{ regression_parameter('part_day_count') }} and median(branch_seconds) > 0

),

ratios as (

    select
        series_number,
        evaluated_date,
        branches_in_view.day_date,
        sum(
            branches_in_view.branch_run_count * branches_in_view.branch_seconds
            / coalesce(usual_levels_by_part_of_week.usual_seconds, usual_levels.usual_seconds)
        ) / sum(branches_in_view.branch_run_count) as level_ratio,
        sum(branches_in_view.branch_run_count) as run_count
    from branches_in_view
    inner join usual_levels
        using (series_number, evaluated_date, is_default_branch)
    left join usual_levels_by_part_of_week
        using (series_number, evaluated_date, is_default_branch, is_weekend)
    group by all
    having sum(branches_in_view.branch_run_count) >= {{ regression_parameter('daily_count') }}

),

days_compared as (

    select
        days_in_view.*,
        baselines.baseline_seconds,
        baselines.usual_run_noise_ratio,
        baselines.baseline_day_count,
        ratios.level_ratio,
        ratios.run_count
    from days_in_view
    inner join baselines using (series_number, evaluated_date)
    inner join ratios using (series_number, evaluated_date, day_date)

),

-- The median of n runs errs by 1.2533/√n of what one run does: a day of few runs says no more than that.
days_weighed as (

    select
        *,
        greatest(
            1.4826 * mad(level_ratio) filter (where is_baseline) over (
                partition by series_number, evaluated_date
            ),
            {{ regression_parameter('noise_ratio') }},
            1.2533 * usual_run_noise_ratio / sqrt(run_count)
        ) as noise_ratio
    from days_compared

),

-- Slower and faster are the same question with the sign turned.
excesses as (

    select
        *,
        unnest(['slower', 'faster']) as direction,
        if(direction = 'slower', 1, -1) as sign,
        least(sign * (level_ratio - 1) / noise_ratio, {{ regression_parameter('clip') }})
        - {{ regression_parameter('allowance') }} as excess
    from days_weighed
    where not is_baseline

),

excesses_summed as (

    select
        *,
        sum(excess) over (
            partition by series_number, evaluated_date, direction
            order by day_date
        ) as summed_excess
    from excesses

),

cusums as (

    select
        *,
        summed_excess - least(
            0,
            min(summed_excess) over (
                partition by series_number, evaluated_date, direction
                order by day_date
            )
        ) as cusum
    from excesses_summed

),

onsets as (

    select
        *,
        coalesce(
            max(day_date) filter (where cusum <= 0) over (
                partition by series_number, evaluated_date, direction
            ),
            evaluated_date - {{ regression_parameter('window_days') }}
        ) + 1 as onset_date
    from cusums

),

evaluations_numbered as (

    select
        series_number,
        direction,
        evaluated_date,
        any_value(as_of_date) as as_of_date,
        any_value(onset_date) as onset_date,
        any_value(sign) as sign,
        any_value(baseline_seconds) as baseline_seconds,
        any_value(baseline_day_count) as baseline_day_count,
        arg_max(cusum, day_date) as cusum,
        any_value(baseline_seconds) * median(level_ratio) filter (where day_date >= onset_date) as changed_seconds,
        count(*) filter (where day_date >= onset_date) as changed_day_count
    from onsets
    group by all

),

evaluations as (

    select
        series_numbered.provider,
        series_numbered.repository_id,
        series_numbered.series_kind,
        series_numbered.series_id,
        evaluations_numbered.*
    from evaluations_numbered
    inner join series_numbered using (series_number)

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
