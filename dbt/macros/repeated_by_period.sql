{#
  Rows three times: for their ISO week, for the last 30 days, and for all history, as period_kind and period_start_date. The
  relation has as_of_at and window_start_at (int_repositories_as_of) and iso_week_start_date; the moment says when it was.
#}
{% macro repeated_by_period(relation, moment='started_at') -%}
select
    * exclude (as_of_at, window_start_at),
    'week' as period_kind,
    iso_week_start_date as period_start_date
from {{ relation }}
union all
select
    * exclude (as_of_at, window_start_at),
    'last_30_days' as period_kind,
    cast(window_start_at as date) as period_start_date
from {{ relation }}
where {{ moment }} > window_start_at and {{ moment }} <= as_of_at
union all
select
    * exclude (as_of_at, window_start_at),
    'all_history' as period_kind,
    cast(min({{ moment }}) over (partition by provider, repository_id) as date) as period_start_date
from {{ relation }}
{%- endmacro %}
