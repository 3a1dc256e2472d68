{#
  One query for what would be one per column and one more: the key's columns are never null, and it is unique.
  `of_newest_load` asks it of the rows of the newest load only, for tables of millions whose rows of one key always come
  in one load: those of earlier loads were tested with theirs. `nullable` names columns of the key whose null is a value of
  its own, as the family of jobs of a report whose job is not known.
#}
{% test unique_key(model, columns, of_newest_load=false, nullable=[]) %}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
{%- if of_newest_load %}
where load_number = (select max(load_number) from {{ model }})
{%- endif %}
group by all
having
    count(*) > 1
    {%- for column in columns if column not in nullable %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
