{#
  Logarithm of the chance of these failures in this order, whatever the rate was: the integral over a rate that is
  distributed as those of flaky tests, Beta(gamma_shape, gamma_rate).
#}
{% macro log_evidence_of_rate(failures, executions) -%}
{%- set shape, rate = flake_parameter('gamma_shape'), flake_parameter('gamma_rate') -%}
(
    lgamma({{ failures }} + {{ shape }})
    + lgamma({{ executions }} - {{ failures }} + {{ rate }})
    - lgamma({{ executions }} + {{ shape }} + {{ rate }})
    - lgamma({{ shape }})
    - lgamma({{ rate }})
    + lgamma({{ shape }} + {{ rate }})
)
{%- endmacro %}
