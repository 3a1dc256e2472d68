{#
  Body of the CTE that every incremental model about windows begins with: the moments of judgement whose window may hold
  something new, all of them on a full refresh. Whole moments are judged anew; the model keeps the `load_number` that the
  moment had then, and a moment that has another one by now is judged again.
#}
{% macro touched_as_of_dates() -%}
select *
from {{ ref('int_as_of_dates_listed_by_week') }}
{{ of_touched_as_of_dates() }}
{%- endmacro %}

{# The same for a model that reads rows of such a model: those of moments it has not, or has as they were before. #}
{% macro of_touched_as_of_dates() -%}
{%- if is_incremental() -%}
where (provider, repository_id, as_of_at, load_number) not in (
    select
        provider,
        repository_id,
        as_of_at,
        load_number
    from {{ this }}
)
{%- endif %}
{%- endmacro %}

{#
  Post-hook of such a model. The moment up to which all was known yesterday is none any more; and what a moment said
  before it was judged again is wrong even where it now says nothing.
#}
{% macro forget_former_as_of_dates() -%}
delete from {{ this }}
where (provider, repository_id, as_of_at, load_number) not in (
    select
        provider,
        repository_id,
        as_of_at,
        load_number
    from {{ ref('int_as_of_dates_listed_by_week') }}
)
{%- endmacro %}
