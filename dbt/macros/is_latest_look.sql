{# Condition of a `qualify`: of all looks at a thing, the one read last. Arguments: the key without provider and repository. #}
{% macro is_latest_look() -%}
row_number() over (
    partition by {{ (['provider', 'repository_id'] + varargs | list) | join(', ') }}
    order by extracted_at desc, load_number desc
) = 1
{%- endmacro %}
