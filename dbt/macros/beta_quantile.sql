{#
  Quantile of a Beta distribution in closed form: Paulson's approximation of the F quantile, turned into a Beta one.
  z is the standard normal quantile of the share wanted: -1.6449 for 5 %, 1.6449 for 95 %.

  Against numerical inversion the bound is off by at most 2 % for alpha >= 1. Below 0.5 it is no longer usable: the caller
  shows no interval there. With z² near 9 · beta the denominator reaches 0, so beta must exceed 1; ours is 50 at least.
#}
{% macro beta_quantile(alpha, beta, z) -%}
{%- set u = '(1.0 / (9.0 * (' ~ alpha ~ ')))' -%}
{%- set v = '(1.0 / (9.0 * (' ~ beta ~ ')))' -%}
{%- set root -%}
greatest((1 - {{ v }}) * (1 - {{ v }}) * {{ u }} + (1 - {{ u }}) * (1 - {{ u }}) * {{ v }} - {{ u }} * {{ v }} * {{ z }} * {{ z }}, 0)
{%- endset -%}
{%- set f -%}
pow(greatest(((1 - {{ u }}) * (1 - {{ v }}) + {{ z }} * sqrt({{ root }})) / ((1 - {{ v }}) * (1 - {{ v }}) - {{ v }} * {{ z }} * {{ z }}), 0), 3)
{%- endset -%}
(({{ alpha }}) * {{ f }} / (({{ beta }}) + ({{ alpha }}) * {{ f }}))
{%- endmacro %}
