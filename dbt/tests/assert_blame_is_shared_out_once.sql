-- The wall time of a period is spent in jobs or waits of critical paths; stages share the jobs' part. Rounding: 1 %.
select
    provider,
    repository_id,
    workflow_id,
    period_kind,
    period_start_date,
    sum(blame_ratio) filter (where subject_kind in ('job', 'wait')) as explained_ratio,
    sum(blame_ratio) filter (where subject_kind = 'job') as job_ratio,
    sum(blame_ratio) filter (where subject_kind = 'stage') as stage_ratio
from {{ ref('fct_stage_bottlenecks') }}
group by all
having
    abs(explained_ratio - 1) > 0.01
    or stage_ratio > job_ratio + 0.01
    or max(criticality_ratio) > 1
    or min(saving_seconds_p50) < 0
    or bool_or(saving_seconds_low > saving_seconds_high)
