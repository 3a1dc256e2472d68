{#
  Body of the CTE that every incremental model about windows begins with: the moments of judgement whose window may hold
  something new, all of them on a full refresh. A window ends at its moment, so that what came of a run touches no
  moment before the run was made (less a day, for two clocks of a service need not agree). Whole moments are judged
  anew; the model keeps `load_number`: what is newer than its newest is new to it.
#}
{% macro touched_as_of_dates() -%}
{#- Named here, for dbt sees no dependency inside of a condition. -#}
{%- set runs = ref('int_runs_in_context') -%}
select
    as_of_dates.*,
    (select max(load_number) from {{ ref('int_runs_numbered_by_load') }}) as load_number
from {{ ref('int_as_of_dates_listed_by_week') }} as as_of_dates
{%- if is_incremental() %}
where
    as_of_dates.is_current
    or (as_of_dates.provider, as_of_dates.repository_id, as_of_dates.as_of_at) not in (
        select
            provider,
            repository_id,
            as_of_at
        from {{ this }}
    )
    or exists (
        select 1
        from {{ ref('int_runs_numbered_by_load') }} as numbered
        inner join {{ runs }} as runs using (provider, repository_id, run_id)
        where
            numbered.load_number > (select coalesce(max(load_number), 0) from {{ this }})
            and runs.provider = as_of_dates.provider
            and runs.repository_id = as_of_dates.repository_id
            and runs.created_at <= as_of_dates.as_of_at + interval 1 day
    )
{%- endif %}
{%- endmacro %}

{# Post-hook of such a model: the moment up to which all was known yesterday is none any more. #}
{% macro forget_former_as_of_dates() -%}
delete from {{ this }}
where (provider, repository_id, as_of_at) not in (
    select
        provider,
        repository_id,
        as_of_at
    from {{ ref('int_as_of_dates_listed_by_week') }}
)
{%- endmacro %}
