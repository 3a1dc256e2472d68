{#
  How a lasting change stands: `recovered`, `superseded` by the next one of its series, or `open`. Both dates may be null;
  of a day that has both, the recovery counts.
#}
{% macro regression_state(recovered_date, next_onset_date) -%}
case
    when {{ recovered_date }} <= coalesce({{ next_onset_date }}, {{ recovered_date }}) then 'recovered'
    when {{ next_onset_date }} is not null then 'superseded'
    else 'open'
end
{%- endmacro %}
