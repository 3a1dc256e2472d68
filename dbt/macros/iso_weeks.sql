{# Monday of the ISO week, UTC. Cast: date_trunc of a date is a timestamp in DuckDB 2.0. #}
{% macro iso_week_start_date(instant) -%}
cast(date_trunc('week', {{ instant }}) as date)
{%- endmacro %}

{# %G, never %Y: 2027-01-01 lies in 2026-W53. #}
{% macro iso_week(date) -%}
strftime({{ date }}, '%G-W%V')
{%- endmacro %}
