{#
  Body of the CTE that every incremental model about runs begins with: the runs something new was loaded of, all runs on a
  full refresh. Whole runs are made anew (the strategy below), so that a re-run three days later is judged together with
  what came before it. The model keeps `load_number`: what is newer than its newest is new to it.
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

{#
  The incremental strategy of these models. dbt's own delete+insert forgets the runs it has new rows of, and so keeps the
  old rows of a run that has none any more: links that were inferred, say, until the workflow file came.
#}
{% macro get_incremental_whole_runs_sql(arg_dict) -%}
{%- set columns = get_quoted_csv(arg_dict.dest_columns | map(attribute='name')) -%}
delete from {{ arg_dict.target_relation }}
where (provider, repository_id, run_id) in (
    select
        provider,
        repository_id,
        run_id
    from ({{ touched_runs() }})
    union
    select
        provider,
        repository_id,
        run_id
    from {{ arg_dict.temp_relation }}
);

insert into {{ arg_dict.target_relation }} ({{ columns }})
select {{ columns }} from {{ arg_dict.temp_relation }}
{%- endmacro %}
