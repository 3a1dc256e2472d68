{#
  Executions without a failure after which a rate is excluded with 95 %: ln(0.05) / ln(1 − rate), rounded up. Of 1 % these
  are 299, of 10 % 29, of 30 % 9. Null where the rate is unknown, or 0, which nothing excludes.
#}
{% macro clean_runs_needed(rate) -%}
case
    when {{ rate }} > 0 and {{ rate }} < 1 then cast(ceil(ln(0.05) / ln(1 - {{ rate }})) as bigint)
    when {{ rate }} >= 1 then 1
end
{%- endmacro %}
