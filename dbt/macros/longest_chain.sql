{# Bound of every walk along needs: no workflow is that deep, and a file that goes in circles ends here too. #}
{% macro longest_chain() %}200{% endmacro %}
