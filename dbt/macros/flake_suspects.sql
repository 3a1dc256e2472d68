{# Body of a CTE: the tests that are looked at more closely, since they are flaky or failed often for no reason. #}
{% macro flake_suspects() -%}
select *
from {{ ref('fct_test_flakiness') }}
where
    is_current
    and (
        flake_score_ratio >= {{ flake_parameter('flaky_ratio') }}
        or incident_count >= {{ flake_parameter('onset_incident_count') }}
    )
{%- endmacro %}
