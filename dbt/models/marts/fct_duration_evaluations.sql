{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['provider', 'repository_id', 'series_kind', 'series_id', 'evaluated_date', 'direction'],
        on_schema_change='fail',
        post_hook="{{ forget_former_views('fct_daily_durations') }}"
    )
}}

with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

daily_durations as (

    select * from {{ ref('fct_daily_durations') }}

),

days_of_new_views as (

    {{ days_of_new_views('fct_daily_durations') }}

),

-- A change that goes on is told of as long as its alarms are no further apart than the gap. Millions of pairs of days
-- are compared below: a number tells what is judged apart in less time than its names.
evaluated_days as (

    select
        days_of_new_views.*,
        row_number() over (
            order by
                days_of_new_views.provider,
                days_of_new_views.repository_id,
                days_of_new_views.series_kind,
                days_of_new_views.series_id,
                days_of_new_views.day_date
        ) as evaluation_number
    from days_of_new_views
    inner join repositories using (provider, repository_id)
    where
        days_of_new_views.day_date
        > cast(repositories.as_of_at as date) - {{ regression_days('history_days', 'gap_days') }}

),

-- Every day is judged on what was known then: the days before it, and no others.
days_in_view as (

    select
        evaluated_days.evaluation_number,
        evaluated_days.day_date as evaluated_date,
        daily_durations.day_date,
        daily_durations.is_weekend,
        daily_durations.level_seconds,
        daily_durations.run_noise_ratio,
        daily_durations.default_run_count,
        daily_durations.default_level_seconds,
        daily_durations.other_run_count,
        daily_durations.other_level_seconds,
        daily_durations.day_date <= evaluated_days.day_date - {{ regression_parameter('window_days') }} as is_baseline
    from evaluated_days
    inner join daily_durations
        on
            evaluated_days.provider = daily_durations.provider
            and evaluated_days.repository_id = daily_durations.repository_id
            and evaluated_days.series_kind = daily_durations.series_kind
            and evaluated_days.series_id = daily_durations.series_id
            and evaluated_days.day_date >= daily_durations.day_date
            and evaluated_days.day_date - {{ regression_days('window_days', 'baseline_days') }}
            < daily_durations.day_date

),

baselines as (

    select
        evaluation_number,
        median(level_seconds) as baseline_seconds,
        median(run_noise_ratio) as usual_run_noise_ratio,
        count(*) as baseline_day_count
    from days_in_view
    where is_baseline
    group by all
    having count(*) >= {{ regression_parameter('baseline_day_count') }} and median(level_seconds) > 0

),

-- The default branch often does more than a pull request: each is compared with itself, or their mix would be a change.
branches_in_view as (

    select
        evaluation_number,
        day_date,
        is_weekend,
        is_baseline,
        unnest([true, false]) as is_default_branch,
        unnest([default_run_count, other_run_count]) as branch_run_count,
        unnest([default_level_seconds, other_level_seconds]) as branch_seconds
    from days_in_view

),

usual_levels as (

    select
        evaluation_number,
        is_default_branch,
        median(branch_seconds) as usual_seconds
    from branches_in_view
    where is_baseline and branch_run_count > 0
    group by all
    having count(*) >= {{ regression_parameter('part_day_count') }} and median(branch_seconds) > 0

),

-- Weekends have other runs, and fewer: a day is compared with days of its part of the week, where there are enough.
usual_levels_by_part_of_week as (

    select
        evaluation_number,
        is_default_branch,
        is_weekend,
        median(branch_seconds) as usual_seconds
    from branches_in_view
    where is_baseline and branch_run_count > 0
    group by all
    having count(*) >= {{ regression_parameter('part_day_count') }} and median(branch_seconds) > 0

),

ratios as (

    select
        evaluation_number,
        branches_in_view.day_date,
        sum(
            branches_in_view.branch_run_count * branches_in_view.branch_seconds
            / coalesce(usual_levels_by_part_of_week.usual_seconds, usual_levels.usual_seconds)
        ) / sum(branches_in_view.branch_run_count) as level_ratio,
        sum(branches_in_view.branch_run_count) as run_count
    from branches_in_view
    inner join usual_levels
        using (evaluation_number, is_default_branch)
    left join usual_levels_by_part_of_week
        using (evaluation_number, is_default_branch, is_weekend)
    where branches_in_view.branch_run_count > 0
    group by all
    having sum(branches_in_view.branch_run_count) >= {{ regression_parameter('daily_count') }}

),

days_compared as (

    select
        days_in_view.evaluation_number,
        days_in_view.evaluated_date,
        days_in_view.day_date,
        days_in_view.is_baseline,
        baselines.baseline_seconds,
        baselines.usual_run_noise_ratio,
        baselines.baseline_day_count,
        ratios.level_ratio,
        ratios.run_count
    from days_in_view
    inner join baselines using (evaluation_number)
    inner join ratios using (evaluation_number, day_date)

),

-- The median of n runs errs by 1.2533/√n of what one run does: a day of few runs says no more than that.
days_weighed as (

    select
        *,
        greatest(
            1.4826 * mad(level_ratio) filter (where is_baseline) over (partition by evaluation_number),
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
        sum(excess) over (partition by evaluation_number, direction order by day_date) as summed_excess
    from excesses

),

cusums as (

    select
        *,
        summed_excess - least(
            0,
            min(summed_excess) over (partition by evaluation_number, direction order by day_date)
        ) as cusum
    from excesses_summed

),

onsets as (

    select
        *,
        coalesce(
            max(day_date) filter (where cusum <= 0) over (partition by evaluation_number, direction),
            evaluated_date - {{ regression_parameter('window_days') }}
        ) + 1 as onset_date
    from cusums

),

evaluations as (

    select
        evaluation_number,
        direction,
        any_value(onset_date) as onset_date,
        any_value(baseline_seconds) as baseline_seconds,
        any_value(baseline_day_count) as baseline_day_count,
        arg_max(cusum, day_date) as cusum,
        any_value(baseline_seconds) * median(level_ratio) filter (where day_date >= onset_date) as changed_seconds,
        count(*) filter (where day_date >= onset_date) as changed_day_count
    from onsets
    group by all

),

final as (

    select
        evaluated_days.provider,
        evaluated_days.repository_id,
        evaluated_days.series_kind,
        evaluated_days.series_id,
        evaluated_days.day_date as evaluated_date,
        evaluated_days.view_id,
        evaluations.direction,
        evaluations.baseline_seconds,
        evaluations.baseline_day_count,
        {{ measured('evaluations.cusum') }} as cusum,
        evaluations.onset_date,
        {{ measured('evaluations.changed_seconds') }} as changed_seconds,
        evaluations.changed_day_count
    from evaluations
    inner join evaluated_days using (evaluation_number)

)

select * from final
