{#
  A measurement, as it is. dbt's unit tests compare doubles bit by bit: one that quotes a worked example sets the
  variable compared_decimals, and only then the value is rounded.
#}
{% macro measured(expression) -%}
{%- set decimals = var('compared_decimals', none) -%}
{%- if decimals is none -%}{{ expression }}{%- else -%}round({{ expression }}, {{ decimals }}){%- endif -%}
{%- endmacro %}
