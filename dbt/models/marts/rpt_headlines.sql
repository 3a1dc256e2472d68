with

repositories as (

    select
        moments.*,
        repositories.repository_name,
        repositories.first_run_at
    from {{ ref('int_repositories_as_of') }} as moments
    inner join {{ ref('dim_repositories') }} as repositories using (provider, repository_id)

),

attempts as (

    select * from {{ ref('fct_run_attempts') }}

),

jobs as (

    select *
    from {{ ref('fct_jobs') }}
    where is_executed

),

flakiness as (

    select * from {{ ref('fct_test_flakiness') }}

),

lookups as (

    select *
    from {{ ref('fct_cache_operations') }}
    where operation = 'restore' and cache_outcome in ('exact', 'partial', 'miss')

),

metrics (metric_name, metric_title, metric_unit, is_lower_better) as (

    values
    ('run_count', 'Runs', 'count', cast(null as boolean)),
    ('wall_seconds_p50', 'Median duration of a run', 'seconds', true),
    ('wall_seconds_p95', '95th percentile of the duration of a run', 'seconds', true),
    ('lead_seconds_p50', 'Median time to the last result, re-runs included', 'seconds', true),
    ('success_ratio', 'Runs that succeeded in the end', 'ratio', false),
    ('first_attempt_success_ratio', 'Runs that succeeded at once', 'ratio', false),
    ('queued_seconds_p50', 'Median queue of a job', 'seconds', true),
    ('queued_seconds_p95', '95th percentile of the queue of a job', 'seconds', true),
    ('rerun_ratio', 'Runs that were run again', 'ratio', true),
    ('flaky_test_count', 'Flaky tests', 'count', true),
    ('cache_exact_ratio', 'Cache lookups that hit exactly', 'ratio', false)

),

periods as (

    {{ last_and_previous_30_days() }}

),

attempts_in_periods as (

    select
        attempts.*,
        periods.period_kind = 'last_30_days' as is_current
    from attempts
    inner join periods
        on
            attempts.provider = periods.provider
            and attempts.repository_id = periods.repository_id
            and attempts.created_at > periods.window_start_at
            and attempts.created_at <= periods.window_end_at

),

jobs_in_periods as (

    select
        attempts_in_periods.is_current,
        jobs.*
    from attempts_in_periods
    inner join jobs using (provider, repository_id, run_id, run_attempt)

),

lookups_in_periods as (

    select
        attempts_in_periods.is_current,
        lookups.*
    from attempts_in_periods
    inner join lookups using (provider, repository_id, run_id, run_attempt)

),

quantiles as (

    select
        provider,
        repository_id,
        is_current,
        'wall_seconds_p50' as metric_name,
        {{ p50('wall_seconds') }} as metric_value,
        count(wall_seconds) as value_count,
        {{ quantile_bound('wall_seconds', 0.5, 'high') }} - {{ quantile_bound('wall_seconds', 0.5, 'low') }}
            as interval_width
    from attempts_in_periods
    where is_headline
    group by all
    union all
    select
        provider,
        repository_id,
        is_current,
        'wall_seconds_p95' as metric_name,
        {{ p95('wall_seconds') }} as metric_value,
        count(wall_seconds) as value_count,
        {{ quantile_bound('wall_seconds', 0.95, 'high') }} - {{ quantile_bound('wall_seconds', 0.95, 'low') }}
            as interval_width
    from attempts_in_periods
    where is_headline
    group by all
    union all
    select
        provider,
        repository_id,
        is_current,
        'lead_seconds_p50' as metric_name,
        {{ p50('lead_seconds') }} as metric_value,
        count(lead_seconds) as value_count,
        {{ quantile_bound('lead_seconds', 0.5, 'high') }} - {{ quantile_bound('lead_seconds', 0.5, 'low') }}
            as interval_width
    from attempts_in_periods
    where result = 'success' or is_failure_like
    group by all
    union all
    select
        provider,
        repository_id,
        is_current,
        'queued_seconds_p50' as metric_name,
        {{ p50('queued_seconds') }} as metric_value,
        count(queued_seconds) as value_count,
        {{ quantile_bound('queued_seconds', 0.5, 'high') }} - {{ quantile_bound('queued_seconds', 0.5, 'low') }}
            as interval_width
    from jobs_in_periods
    group by all
    union all
    select
        provider,
        repository_id,
        is_current,
        'queued_seconds_p95' as metric_name,
        {{ p95('queued_seconds') }} as metric_value,
        count(queued_seconds) as value_count,
        {{ quantile_bound('queued_seconds', 0.95, 'high') }} - {{ quantile_bound('queued_seconds', 0.95, 'low') }}
            as interval_width
    from jobs_in_periods
    group by all

),

parts_and_wholes as (

    select
        provider,
        repository_id,
        is_current,
        'success_ratio' as metric_name,
        count(*) filter (where result = 'success') as part_count,
        count(*) as whole_count
    from attempts_in_periods
    where is_last_attempt and (result = 'success' or is_failure_like)
    group by all
    union all
    select
        provider,
        repository_id,
        is_current,
        'first_attempt_success_ratio' as metric_name,
        count(*) filter (where result = 'success') as part_count,
        count(*) as whole_count
    from attempts_in_periods
    where is_headline
    group by all
    union all
    select
        provider,
        repository_id,
        is_current,
        'rerun_ratio' as metric_name,
        count(*) filter (where attempt_count > 1) as part_count,
        count(*) as whole_count
    from attempts_in_periods
    where run_attempt = 1
    group by all
    union all
    select
        provider,
        repository_id,
        is_current,
        'cache_exact_ratio' as metric_name,
        count(*) filter (where cache_outcome = 'exact') as part_count,
        count(*) as whole_count
    from lookups_in_periods
    group by all

),

-- The width of a share's 90 % interval, with one success and one failure added, so that 10 of 10 is not certainty.
ratios as (

    select
        provider,
        repository_id,
        is_current,
        metric_name,
        {{ ratio('part_count', 'whole_count') }} as metric_value,
        whole_count as value_count,
        2 * 1.645 * sqrt((part_count + 1) * (whole_count - part_count + 1) / pow(whole_count + 2, 3)) as interval_width
    from parts_and_wholes

),

run_counts as (

    select
        provider,
        repository_id,
        is_current,
        'run_count' as metric_name,
        cast(count(*) as double) as metric_value,
        count(*) as value_count,
        2 * 1.645 * sqrt(count(*)) as interval_width
    from attempts_in_periods
    where run_attempt = 1
    group by all

),

moments_of_flakiness as (

    select
        flakiness.provider,
        flakiness.repository_id,
        periods.period_kind = 'last_30_days' as is_current,
        max(flakiness.as_of_at) as as_of_at
    from flakiness
    inner join periods using (provider, repository_id)
    where flakiness.as_of_at <= periods.window_end_at
    group by all

),

flaky_test_counts as (

    select
        flakiness.provider,
        flakiness.repository_id,
        moments_of_flakiness.is_current,
        'flaky_test_count' as metric_name,
        cast(count(*) filter (where flakiness.flakiness_class = 'flaky') as double) as metric_value,
        count(*) as value_count,
        2 * 1.645 * sqrt(count(*) filter (where flakiness.flakiness_class = 'flaky')) as interval_width
    from flakiness
    inner join moments_of_flakiness using (provider, repository_id, as_of_at)
    group by all

),

measured as (

    select * from run_counts
    union all
    select * from quantiles
    union all
    select * from ratios
    union all
    select * from flaky_test_counts

),

final as (

    select
        repositories.provider,
        repositories.repository_id,
        repositories.repository_name,
        metrics.metric_name,
        metrics.metric_title,
        metrics.metric_unit,
        current_window.metric_value as current_value,
        previous_window.metric_value as previous_value,
        coalesce(current_window.value_count, 0) as current_count,
        coalesce(previous_window.value_count, 0) as previous_count,
        metrics.is_lower_better,
        coalesce(
            least(current_window.value_count, previous_window.value_count)
            >= if(metrics.metric_name like '%_p95', 30, 10)
            and abs(current_window.metric_value - previous_window.metric_value)
            -- The service's clocks tick in seconds: a second more is no change, however many jobs say so.
            > greatest(
                if(metrics.metric_unit = 'seconds', 1, 0),
                sqrt(pow(current_window.interval_width, 2) + pow(previous_window.interval_width, 2)) / 2
            ),
            false
        ) as is_change_shown
    from repositories
    cross join metrics
    left join measured as current_window
        on
            repositories.provider = current_window.provider
            and repositories.repository_id = current_window.repository_id
            and metrics.metric_name = current_window.metric_name
            and current_window.is_current
    left join measured as previous_window
        on
            repositories.provider = previous_window.provider
            and repositories.repository_id = previous_window.repository_id
            and metrics.metric_name = previous_window.metric_name
            and not previous_window.is_current

)

select * from final
