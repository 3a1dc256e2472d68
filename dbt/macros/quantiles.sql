{#
  Quantiles that say nothing of too few: a median needs 5 values, a 5th or 95th percentile 20, a 99th
  100. Linear between order statistics (type 7), over raw facts: quantiles of quantiles mean nothing.
#}
{% macro p50(column, condition=none) -%}
{{ guarded_quantile(column, 0.5, 5, condition) }}
{%- endmacro %}

{% macro p5(column, condition=none) -%}
{{ guarded_quantile(column, 0.05, 20, condition) }}
{%- endmacro %}

{% macro p95(column, condition=none) -%}
{{ guarded_quantile(column, 0.95, 20, condition) }}
{%- endmacro %}

{% macro p99(column, condition=none) -%}
{{ guarded_quantile(column, 0.99, 100, condition) }}
{%- endmacro %}

{% macro guarded_quantile(column, share, minimum_count, condition) -%}
{%- set filter = '' if condition is none else ' filter (where ' ~ condition ~ ')' -%}
case when count({{ column }}){{ filter }} >= {{ minimum_count }} then quantile_cont({{ column }}, {{ share }}){{ filter }} end
{%- endmacro %}
