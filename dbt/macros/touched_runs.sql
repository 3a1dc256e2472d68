{#
  Body of the CTE that every incremental model about runs begins with: the runs something new was loaded of, all runs on a
  full refresh. Whole runs are made anew (delete+insert by run), so that a re-run three days later is judged together
  with what came before it. The model keeps `load_number`: what is newer than its newest is new to it.
#}
{% macro touched_runs() -%}
select
    provider,
    repository_id,
    run_id,
    load_number
from {{ ref('int_runs_numbered_by_load') }}
{%- if is_incremental() %}
where load_number > (select coalesce(max(load_number), 0) from {{ this }})
{%- endif %}
{%- endmacro %}
