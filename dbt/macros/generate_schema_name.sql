{# A folder's schema is its name: staging, intermediate, marts. dbt's default would prefix it with the target's. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
{{ custom_schema_name or target.schema }}
{%- endmacro %}
