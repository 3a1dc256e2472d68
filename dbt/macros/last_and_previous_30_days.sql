{#
  Body of the CTE `periods` of every mart that compares the last 30 days with the 30 before, from a CTE `repositories`
  with `as_of_at`, both beginnings of windows and `first_run_at`. Of an earlier window that is known in part nothing is
  compared: its few days are no month, in count or in mix.
#}
{% macro last_and_previous_30_days() -%}
select
    provider,
    repository_id,
    'last_30_days' as period_kind,
    window_start_at,
    as_of_at as window_end_at
from repositories
union all
select
    provider,
    repository_id,
    'previous_30_days' as period_kind,
    previous_window_start_at as window_start_at,
    window_start_at as window_end_at
from repositories
where first_run_at <= previous_window_start_at
{%- endmacro %}
