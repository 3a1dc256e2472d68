{#
  One query for what would be one per column and one more: the key's columns are never null, and it is unique.
  `newest_load_of` names what numbers the loads: it is asked of the rows of the newest one only, for tables of millions
  whose rows of one key always come in one load: those of earlier loads were tested with theirs. `nullable` names
  columns of the key whose null is a value of its own, as the family of jobs of a report whose job is not known.
#}
{% test unique_key(model, columns, newest_load_of=none, nullable=[]) %}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
{%- if newest_load_of %}
semi join (select max(load_number) as load_number from {{ newest_load_of }}) using (load_number)
{%- endif %}
group by all
having
    count(*) > 1
    {%- for column in columns if column not in nullable %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
