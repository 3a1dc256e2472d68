{#
  The parameters of the detectors of changed durations and pass rates, each with its reason; `--vars '{regression_decision: 8}'` overrules
  one. They hold together (docs/metrics.md, Regressions): tests/benchmark/regressions.py measures what a change does.
#}
{% macro regression_parameter(name) -%}
{%- set parameters = {
    'daily_count': (5, 'measurements that make a day: fewer say too little of its level'),
    'window_days': (14, 'days in which a change is looked for'),
    'baseline_days': (28, 'days before them that say what was normal'),
    'baseline_day_count': (10, 'of these days, how many must have measurements'),
    'history_days': (180, 'how far back changes are told of'),
    'noise_ratio': (0.015, 'least noise assumed of a daily median, as a share of the level'),
    'part_day_count': (5, 'days of its part of the week, weekdays or weekend, that a day is compared with; else with all'),
    'clip': (2.8, 'one bad day counts no more than this many times the noise'),
    'allowance': (0.8, 'times the noise that a day may lie off before it counts'),
    'decision': (6, 'sum of what counts from which on the level has changed'),
    'effect_ratio': (0.05, 'changes smaller than this share of the level are not told'),
    'workflow_seconds': (1, 'least change of a workflow: what its clock ticks in'),
    'job_seconds': (30, 'least change of a job'),
    'stage_seconds': (10, 'least change of a stage'),
    'test_seconds': (1, 'least change of a test'),
    'test_count': (200, 'slowest tests of a repository that are watched'),
    'gap_days': (14, 'alarms no further apart than this are one change'),
    'false_ratio': (0.05, 'share of false ones accepted among changed jobs, stages or tests of one day'),
    'result_count': (30, 'results that make a pass rate, of the days that are judged and of those before'),
    'chance_ratio': (0.00135, 'chance from which down a fallen pass rate is believed: that of three standard deviations'),
    'pass_ratio': (0.05, 'pass rates that fall by less are not told of'),
    'failed_day_count': (3, 'days nearer to the new pass rate than to the old that it takes: fewer are a breakage'),
    'settled_before_count': (4, 'days before one that with it, by their median, say that the level came back'),
} -%}
{{ var('regression_' ~ name, parameters[name][0]) }}
{%- endmacro %}

{# Some of the parameters that are days, added up. #}
{% macro regression_days() -%}
{%- set days = [] -%}
{%- for name in varargs -%}{%- do days.append(regression_parameter(name) | trim | int) -%}{%- endfor -%}
{{ days | sum }}
{%- endmacro %}

{#
  How often a level that did not change reaches such a sum on one day, at most: a bound above the tails of
  what tests/benchmark/regressions.py generates without a change, from 5 to 100 runs a day and sums of 1 to 14.
#}
{% macro cusum_chance(cusum) -%}
least(1, 0.4 * exp(-0.7 * {{ cusum }}))
{%- endmacro %}
