-- One row per kind of thing the service said exists: how many are stored, and what became of the others.
select
    repository_id,
    item_kind,
    coverage_ratio,
    known_count,
    stored_count,
    not_yet_count,
    expired_count,
    gone_count,
    not_permitted_count,
    error_count,
    not_wanted_count,
    is_below_floor,
    count(*) over (partition by repository_id) as matching_count
from marts.rpt_completeness
order by repository_id, known_count desc, item_kind
