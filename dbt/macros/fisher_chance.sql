{#
  Chance of as many failures of some results, or more, among these and others, if both fail alike: one side of Fisher's
  exact test, the tail of a hypergeometric distribution. Exact where failures are few, as a normal approximation is not.
#}
{% macro fisher_chance(failed, results, other_failed, other_results) -%}
least(1, list_sum(list_transform(
    range({{ failed }}, least({{ results }}, {{ failed }} + {{ other_failed }}) + 1),
    lambda failures: exp(
        {{ log_choose(results, 'failures') }}
        + {{ log_choose(other_results, '(' ~ failed ~ ' + ' ~ other_failed ~ ' - failures)') }}
        - {{ log_choose('(' ~ results ~ ' + ' ~ other_results ~ ')', '(' ~ failed ~ ' + ' ~ other_failed ~ ')') }}
    )
)))
{%- endmacro %}

{# Logarithm of the number of ways to choose some of all. #}
{% macro log_choose(all, some) -%}
(lgamma({{ all }} + 1) - lgamma({{ some }} + 1) - lgamma({{ all }} - {{ some }} + 1))
{%- endmacro %}
