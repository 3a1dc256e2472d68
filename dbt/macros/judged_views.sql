{#
  Body of the CTE that an incremental model begins with that judges days by what was in view of them: the days it has not
  judged, or judged when something else was in view, all of them on a full refresh.
#}
{% macro days_of_new_views(daily_model) -%}
select *
from {{ ref(daily_model) }}
{%- if is_incremental() %}
where (provider, repository_id, series_kind, series_id, day_date, view_id) not in (
    select
        provider,
        repository_id,
        series_kind,
        series_id,
        evaluated_date,
        view_id
    from {{ this }}
)
{%- endif %}
{%- endmacro %}

{#
  Post-hook of such a model: what was judged of a view that is no more, since a run came late or its day has left the
  history, is wrong even where it now says nothing.
#}
{% macro forget_former_views(daily_model) -%}
delete from {{ this }}
where (provider, repository_id, series_kind, series_id, evaluated_date, view_id) not in (
    select
        days.provider,
        days.repository_id,
        days.series_kind,
        days.series_id,
        days.day_date,
        days.view_id
    from {{ ref(daily_model) }} as days
    inner join {{ ref('int_repositories_as_of') }} as repositories using (provider, repository_id)
    where days.day_date > cast(repositories.as_of_at as date) - {{ regression_days('history_days', 'gap_days') }}
)
{%- endmacro %}
