-- One row per headline number, in the order the mart gives them.
select
    repository_id,
    metric_name,
    metric_title,
    metric_unit,
    current_value,
    previous_value,
    current_count,
    previous_count,
    is_lower_better,
    is_change_shown,
    count(*) over (partition by repository_id) as matching_count
from marts.rpt_headlines
order by
    repository_id,
    list_position(
        [
            'wall_seconds_p50', 'wall_seconds_p95', 'lead_seconds_p50', 'queued_seconds_p50', 'queued_seconds_p95',
            'first_attempt_success_ratio', 'success_ratio', 'rerun_ratio'
        ],
        metric_name
    ) nulls last,
    metric_name
