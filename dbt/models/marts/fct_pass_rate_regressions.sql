with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

days as (

    select
        daily_rates.*,
        cast(repositories.as_of_at as date) as as_of_date
    from {{ ref('fct_daily_pass_rates') }} as daily_rates
    inner join repositories using (provider, repository_id)

),

attempts as (

    select *
    from {{ ref('fct_run_attempts') }}
    where is_headline and is_default_branch

),

-- Every day is judged on what was known then: what came of it and the days before against those before these. Results
-- of one day break together, and one bad day is no rate: the worst of the recent ones is left out.
days_summed as (

    select
        *,
        sum(result_count) over recent_days
        - arg_max(result_count, row(failed_result_count, day_date)) over recent_days as recent_result_count,
        sum(failed_result_count) over recent_days
        - max(failed_result_count) over recent_days as recent_failed_count,
        sum(result_count) over days_before as baseline_result_count,
        sum(failed_result_count) over days_before as baseline_failed_count
    from days
    window
        recent_days as (
            partition by provider, repository_id, series_kind, series_id
            order by day_date
            range between interval ({{ regression_parameter('window_days') }} - 1) day preceding and current row
        ),
        days_before as (
            partition by provider, repository_id, series_kind, series_id
            order by day_date
            range between interval ({{ regression_days('window_days', 'baseline_days') }} - 1) day preceding
            and interval {{ regression_parameter('window_days') }} day preceding
        )

),

evaluations as (

    select
        *,
        day_date as evaluated_date,
        baseline_failed_count / baseline_result_count as baseline_failed_ratio,
        recent_failed_count / recent_result_count as recent_failed_ratio
    from days_summed
    where
        day_date > as_of_date - {{ regression_days('history_days', 'gap_days') }}
        and recent_result_count >= {{ regression_parameter('result_count') }}
        and baseline_result_count >= {{ regression_parameter('result_count') }}

),

-- The sum has a term for each failure: it is taken only where more fails than before.
chances as (

    select
        *,
        case
            when recent_failed_ratio > baseline_failed_ratio
                then {{ fisher_chance(
                    'cast(recent_failed_count as bigint)', 'cast(recent_result_count as bigint)',
                    'cast(baseline_failed_count as bigint)', 'cast(baseline_result_count as bigint)'
                ) }}
            else 1
        end as fisher_chance_ratio
    from evaluations

),

-- Benjamini and Hochberg's rule over what was judged on one day; nothing is asked of whole workflows, which are few.
chances_ranked as (

    select
        *,
        count(*) over kind_on_a_day as judged_count,
        row_number() over (kind_on_a_day order by fisher_chance_ratio asc, series_id asc) as chance_rank
    from chances
    window kind_on_a_day as (partition by provider, repository_id, series_kind, evaluated_date)

),

credible_chances as (

    select
        *,
        max(chance_rank) filter (
            where fisher_chance_ratio <= {{ regression_parameter('false_ratio') }} * chance_rank / judged_count
        ) over (partition by provider, repository_id, series_kind, evaluated_date) as last_credible_rank
    from chances_ranked
    qualify
        fisher_chance_ratio <= {{ regression_parameter('chance_ratio') }}
        and (series_kind = 'workflow' or coalesce(chance_rank <= last_credible_rank, false))

),

-- It began after the day up to which the results were best told by the old rate: the deepest point of a sum in which a
-- failure counts what is above the middle of both rates, and a pass what is below.
days_weighed as (

    select
        credible_chances.provider,
        credible_chances.repository_id,
        credible_chances.series_kind,
        credible_chances.series_id,
        credible_chances.evaluated_date,
        days.day_date,
        days.result_count,
        days.failed_result_count,
        sum(
            days.failed_result_count
            - days.result_count
            * (credible_chances.recent_failed_ratio + credible_chances.baseline_failed_ratio) / 2
        ) over (
            partition by
                credible_chances.provider,
                credible_chances.repository_id,
                credible_chances.series_kind,
                credible_chances.series_id,
                credible_chances.evaluated_date
            order by days.day_date
        ) as summed_excess
    from credible_chances
    inner join days
        on
            credible_chances.provider = days.provider
            and credible_chances.repository_id = days.repository_id
            and credible_chances.series_kind = days.series_kind
            and credible_chances.series_id = days.series_id
            and credible_chances.evaluated_date >= days.day_date
            and credible_chances.evaluated_date - {{ regression_parameter('window_days') }} < days.day_date

),

onsets as (

    select
        *,
        if(
            min(summed_excess) over evaluation < 0,
            arg_min(day_date, summed_excess) over evaluation,
            evaluated_date - {{ regression_parameter('window_days') }}
        ) + 1 as onset_date
    from days_weighed
    window evaluation as (partition by provider, repository_id, series_kind, series_id, evaluated_date)

),

days_since_onset as (

    select
        *,
        sum(failed_result_count) over evaluation / sum(result_count) over evaluation as changed_failed_ratio
    from onsets
    where day_date >= onset_date
    window evaluation as (partition by provider, repository_id, series_kind, series_id, evaluated_date)

),

-- One bad day, or two, are a breakage, which fct_recoveries tells of; a rate takes more of them.
changes as (

    select
        days_since_onset.provider,
        days_since_onset.repository_id,
        days_since_onset.series_kind,
        days_since_onset.series_id,
        days_since_onset.evaluated_date,
        any_value(days_since_onset.onset_date) as onset_date,
        any_value(days_since_onset.changed_failed_ratio) as changed_failed_ratio,
        sum(days_since_onset.result_count) as changed_result_count
    from days_since_onset
    inner join credible_chances using (provider, repository_id, series_kind, series_id, evaluated_date)
    group by all
    having
        count(*) filter (
            where
            days_since_onset.failed_result_count > days_since_onset.result_count
            * (days_since_onset.changed_failed_ratio + credible_chances.baseline_failed_ratio) / 2
        ) >= {{ regression_parameter('failed_day_count') }}

),

alarms as (

    select
        credible_chances.*,
        changes.onset_date,
        changes.changed_result_count,
        changes.changed_failed_ratio
    from credible_chances
    inner join changes using (provider, repository_id, series_kind, series_id, evaluated_date)
    where
        changes.changed_failed_ratio - credible_chances.baseline_failed_ratio
        >= {{ regression_parameter('pass_ratio') }}

),

alarms_spaced as (

    select
        *,
        coalesce(
            evaluated_date - lag(evaluated_date) over (
                partition by provider, repository_id, series_kind, series_id order by evaluated_date
            ) > {{ regression_parameter('gap_days') }},
            true
        ) as is_first
    from alarms

),

alarms_numbered as (

    select
        *,
        count(*) filter (where is_first) over (
            partition by provider, repository_id, series_kind, series_id order by evaluated_date
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
        md5(concat_ws('|', provider, repository_id, series_kind, series_id, 'failing', min(evaluated_date)))
            as regression_id,
        any_value(as_of_date) as as_of_date,
        min(evaluated_date) as detected_date,
        max(evaluated_date) as last_detected_date,
        arg_min(onset_date, evaluated_date) as onset_date,
        arg_min(baseline_result_count, row(fisher_chance_ratio, evaluated_date)) as baseline_result_count,
        arg_min(baseline_failed_ratio, row(fisher_chance_ratio, evaluated_date)) as baseline_failed_ratio,
        arg_min(changed_result_count, row(fisher_chance_ratio, evaluated_date)) as changed_result_count,
        arg_min(changed_failed_ratio, row(fisher_chance_ratio, evaluated_date)) as changed_failed_ratio,
        min(fisher_chance_ratio) as fisher_chance_ratio
    from alarms_numbered
    group by provider, repository_id, series_kind, series_id, regression_number
    having min(evaluated_date) > any_value(as_of_date) - {{ regression_parameter('history_days') }}

),

regressions_bounded as (

    select
        *,
        lead(onset_date) over (
            partition by provider, repository_id, series_kind, series_id order by detected_date
        ) as next_onset_date
    from regressions

),

-- The rate came back when the results of a week, all after it was found, lie nearer to the old one.
weeks as (

    select
        *,
        sum(result_count) over week as week_result_count,
        sum(failed_result_count) over week as week_failed_count
    from days
    window week as (
        partition by provider, repository_id, series_kind, series_id
        order by day_date
        range between interval 6 day preceding and current row
    )

),

returns as (

    select
        regressions_bounded.regression_id,
        min(weeks.day_date) as recovered_date
    from regressions_bounded
    inner join weeks using (provider, repository_id, series_kind, series_id)
    where
        weeks.day_date - 6 > regressions_bounded.detected_date
        and weeks.week_result_count >= {{ regression_parameter('result_count') }}
        and weeks.week_failed_count / weeks.week_result_count
        < (regressions_bounded.baseline_failed_ratio + regressions_bounded.changed_failed_ratio) / 2
    group by all

),

first_bad_runs as (

    select
        regressions_bounded.regression_id,
        min(days.first_failed_at) as first_bad_at,
        arg_min(days.first_failed_sha, days.first_failed_at) as first_bad_sha,
        arg_min(days.first_failed_run_url, days.first_failed_at) as first_bad_run_url
    from regressions_bounded
    inner join days using (provider, repository_id, series_kind, series_id)
    where days.day_date between regressions_bounded.onset_date and regressions_bounded.last_detected_date
    group by all

),

last_good_runs as (

    select
        regressions_bounded.regression_id,
        max(days.last_passed_at) as last_good_at,
        arg_max(days.last_passed_sha, days.last_passed_at) as last_good_sha
    from regressions_bounded
    inner join first_bad_runs using (regression_id)
    inner join days using (provider, repository_id, series_kind, series_id)
    where
        days.day_date < regressions_bounded.onset_date
        and days.last_passed_sha <> first_bad_runs.first_bad_sha
    group by all

),

series as (

    select
        provider,
        repository_id,
        series_kind,
        series_id,
        any_value(repository_name) as repository_name,
        arg_max(workflow_id, day_date) as workflow_id,
        arg_max(workflow_name, day_date) as workflow_name,
        arg_max(series_name, day_date) as series_name
    from days
    group by all

),

-- Commits between them of which a run is known, the first bad one included: the service is not asked for others.
suspects as (

    select
        regressions_bounded.regression_id,
        count(distinct attempts.head_sha) as suspect_commit_count
    from regressions_bounded
    inner join series using (provider, repository_id, series_kind, series_id)
    inner join first_bad_runs using (regression_id)
    inner join last_good_runs using (regression_id)
    inner join attempts
        on
            series.provider = attempts.provider
            and series.repository_id = attempts.repository_id
            and series.workflow_id = attempts.workflow_id
    where
        attempts.created_at > last_good_runs.last_good_at
        and attempts.created_at <= first_bad_runs.first_bad_at
        and attempts.head_sha <> last_good_runs.last_good_sha
    group by all

),

final as (

    select
        regressions_bounded.regression_id,
        provider,
        repository_id,
        series.repository_name,
        series.workflow_id,
        series.workflow_name,
        series_kind,
        series_id,
        series.series_name,
        {{ regression_state('returns.recovered_date', 'regressions_bounded.next_onset_date') }} as regression_state,
        regressions_bounded.onset_date,
        regressions_bounded.detected_date,
        regressions_bounded.last_detected_date,
        least(returns.recovered_date, regressions_bounded.next_onset_date) as ended_date,
        {{ measured('1 - regressions_bounded.baseline_failed_ratio') }} as baseline_pass_ratio,
        {{ measured('1 - regressions_bounded.changed_failed_ratio') }} as changed_pass_ratio,
        cast(regressions_bounded.baseline_result_count as bigint) as baseline_result_count,
        cast(regressions_bounded.changed_result_count as bigint) as changed_result_count,
        regressions_bounded.fisher_chance_ratio,
        last_good_runs.last_good_sha,
        first_bad_runs.first_bad_sha,
        suspects.suspect_commit_count,
        first_bad_runs.first_bad_run_url as evidence_url
    from regressions_bounded
    inner join series using (provider, repository_id, series_kind, series_id)
    left join returns using (regression_id)
    left join first_bad_runs using (regression_id)
    left join last_good_runs using (regression_id)
    left join suspects using (regression_id)

)

select * from final
