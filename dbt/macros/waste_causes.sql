{# Causes for which billed time is lost, in the order in which they are asked: what one has, the next ones do not get. #}
{% macro waste_causes() -%}
{{ return([
    'needless_rerun', 'superseded_run', 'infrastructure_failure', 'rounding', 'cache_miss', 'idle_setup'
]) }}
{%- endmacro %}

{# For each cause what a group of rows of fct_job_waste lost to it: seconds, jobs known and jobs concerned, two prices. #}
{% macro waste_sums() -%}
{%- for cause in waste_causes() -%}
{%- set lost = 'lost_to_' ~ cause ~ '_seconds' -%}
{%- set price = lost ~ ' / 60 * minute_price_usd' -%}
sum({{ lost }}) as {{ cause }}_seconds,
count({{ lost }}) as {{ cause }}_judged_count,
count(*) filter (where {{ lost }} > 0) as {{ cause }}_count,
sum({{ usd(price) }}) as {{ cause }}_list_cost_usd,
sum({{ usd('case when is_free then 0 else ' ~ price ~ ' end') }}) as {{ cause }}_billable_cost_usd
{{- ',' if not loop.last }}
{% endfor -%}
{%- endmacro %}
