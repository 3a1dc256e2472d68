{# A share; null when there is nothing to take a share of. #}
{% macro ratio(part, whole) -%}
cast({{ part }} as double) / nullif({{ whole }}, 0)
{%- endmacro %}
