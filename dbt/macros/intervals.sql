{#
  End of the 90 % interval of a quantile: the value at rank n·q ± 1.645·√(n·q·(1 − q)), for the median n/2 ± 0.823·√n.
  Null for fewer than 5 values.
#}
{% macro quantile_bound(column, share, side, condition=none) -%}
{%- set filter = '' if condition is none else ' filter (where ' ~ condition ~ ')' -%}
{%- set count = '(count(' ~ column ~ ')' ~ filter ~ ')' -%}
{%- set half_width = '1.645 * sqrt(' ~ count ~ ' * ' ~ share ~ ' * (1 - ' ~ share ~ '))' -%}
case when {{ count }} >= 5 then list_extract(
    list_sort(list_filter(list({{ column }}){{ filter }}, lambda element: element is not null)),
    {% if side == 'low' -%}
    cast(greatest(1, floor({{ count }} * {{ share }} - {{ half_width }})) as bigint)
    {%- else -%}
    cast(least({{ count }}, 1 + ceil({{ count }} * {{ share }} + {{ half_width }})) as bigint)
    {%- endif %}
) end
{%- endmacro %}

{# Lower end of Wilson's 95 % interval of a share; null when there is nothing to take a share of. #}
{% macro wilson_low(part, whole) -%}
{{ wilson_bound(part, whole, '-') }}
{%- endmacro %}

{# Its upper end. #}
{% macro wilson_high(part, whole) -%}
{{ wilson_bound(part, whole, '+') }}
{%- endmacro %}

{% macro wilson_bound(part, whole, sign) -%}
case when {{ whole }} > 0 then greatest(0, least(1, (
    {{ part }} + 1.9208 {{ sign }} 1.96 * sqrt({{ part }} * (1 - {{ part }} / {{ whole }}) + 0.9604)
) / ({{ whole }} + 3.8416))) end
{%- endmacro %}
