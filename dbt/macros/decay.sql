{# What is left of something after its age, with the half-life of the flake score. #}
{% macro decay(occurred_at, as_of_at) -%}
pow(0.5, epoch({{ as_of_at }} - {{ occurred_at }}) / 86400 / {{ flake_parameter('half_life_days') }})
{%- endmacro %}
