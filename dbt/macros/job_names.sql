{# Name of a job without the values of its matrix: test (3.11, minimal) → test. #}
{% macro job_family_name(job_name) -%}
regexp_replace({{ job_name }}, ' \([^()]*\)$', '')
{%- endmacro %}

{# The values of its matrix: test (3.11, minimal) → 3.11, minimal. #}
{% macro matrix_suffix(job_name) -%}
nullif(regexp_extract({{ job_name }}, ' \(([^()]*)\)$', 1), '')
{%- endmacro %}

{#
  What a job is across runs: workflow, name and runner labels. Ordinals of shards (shard 2, 2/8, 2 of 8) are left out:
  a test may move to another shard and is still run by the same configuration.
#}
{% macro job_config_id(workflow_path, job_name, runner_labels) -%}
md5(concat_ws(
    '|',
    {{ workflow_path }},
    regexp_replace({{ job_name }}, '(?i)\b(shard|group|part|split|chunk)[ _#:-]*\d+|\b\d+(/| of )\d+\b', '#', 'g'),
    array_to_string(list_sort({{ runner_labels }}), ',')
))
{%- endmacro %}
