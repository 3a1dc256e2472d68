{# A cache key without what changes from entry to entry: dates, hashes, long numbers. #}
{% macro key_template(cache_key) -%}
regexp_replace(
    regexp_replace(
        regexp_replace(
            regexp_replace({{ cache_key }}, '\b\d{4}-\d{2}-\d{2}\b', '<date>', 'g'),
            '(^|[^0-9a-f])[0-9a-f]{40}($|[^0-9a-f])', '\1<sha>\2', 'g'
        ),
        '[0-9a-f]{32,64}', '<hash>', 'g'
    ),
    '\d{4,}', '<num>', 'g'
)
{%- endmacro %}
