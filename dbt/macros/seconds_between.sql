{#
  Seconds from one instant to a later one. Null when the later one is earlier: two clocks of the service disagree, and
  zero would be a measurement nobody made.
#}
{% macro seconds_between(earlier, later) -%}
case when {{ later }} >= {{ earlier }} then epoch({{ later }}) - epoch({{ earlier }}) end
{%- endmacro %}
