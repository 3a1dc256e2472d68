-- A word of the ledger that nobody counts would make the coverage look better than it is.
select *
from {{ ref('rpt_completeness') }}
where
    known_count <> stored_count + not_yet_count + expired_count + gone_count + unreadable_count + error_count
    + not_permitted_count + not_wanted_count
