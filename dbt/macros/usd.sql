{# Money: to a millionth of a dollar, exact when it is added up. #}
{% macro usd(expression) -%}
cast({{ expression }} as decimal(18, 6))
{%- endmacro %}
