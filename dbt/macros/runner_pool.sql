{# The runners a job asks for: its labels, each once and in order, for their order means nothing. #}
{% macro runner_pool(runner_labels) -%}
list_sort(list_distinct({{ runner_labels }}))
{%- endmacro %}
