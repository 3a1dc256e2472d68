{#
  The words of a message, as Drain takes them: what holds a figure, or is long enough to be a digest or a path of one run,
  is a place and not a word. The first 60 say which kind of failure it is.
#}
{% macro template_words(message) -%}
list_transform(
    list_slice(string_split_regex(trim({{ message }}), '\s+'), 1, 60),
    lambda word: if(regexp_matches(word, '[0-9]') or length(word) > 80, '<*>', word)
)
{%- endmacro %}

{# Share of equal words of two messages with equally many. #}
{% macro equal_word_ratio(words, other_words) -%}
(
    list_sum(list_transform(
        list_zip({{ words }}, {{ other_words }}), lambda pair: if(pair[1] = pair[2], 1, 0)
    )) / len({{ words }})
)
{%- endmacro %}
