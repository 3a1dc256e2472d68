-- One row per week from a workflow's first to the one the repository was last known in, for each branch class.
select
    provider,
    repository_id,
    workflow_id,
    branch_class
from {{ ref('rpt_weekly_trends') }}
group by all
having
    count(*) <> date_diff('week', min(iso_week_start_date), max(iso_week_start_date)) + 1
    or count(*) <> count(distinct iso_week)
    or min(success_ratio_low) < 0
    or max(success_ratio_high) > 1
