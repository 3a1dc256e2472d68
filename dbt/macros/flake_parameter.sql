{#
  The parameters of the flake score, each with its reason; `--vars '{flake_window_days: 60}'` overrules one.
  They were fitted together on simulated histories (docs/metrics.md, Tests): change one, and look at all.
#}
{% macro flake_parameter(name) -%}
{%- set parameters = {
    'window_days': (30, 'evidence older than a month says little about today'),
    'half_life_days': (14, 'of the flake rate and of the noisy-or score'),
    'mass_failure_count': (20, 'more bad tests than this, and than the share below, is a broken machine or build'),
    'mass_failure_ratio': (0.10, 'share of the tests executed'),
    'together_count': (8, 'up to this many tests failing together are still taken one by one'),
    'together_ratio': (0.008, 'the same as a share, for big suites'),
    'streak_commit_count': (2, 'commits failing in a row, without a pass between, that are still no outage or breakage'),
    'explained_soft_weight': (0.2, 'what is left of soft evidence while the default branch is known to be broken'),
    'explained_direct_weight': (0.6, 'the same for pass and fail on one commit: the pass may be an early fix'),
    'stale_base_days': (2, 'how long after the mend pull requests may still stand on a broken base'),
    'episode_run_count': (3, 'failing runs in a row, never passing on their commits, that make a breakage'),
    'balance_count': (1, 'incidents of either kind before the balance of flaky and real ones says anything'),
    'incident_ratio': (0.2, 'from this probability on an incident counts for the clean streak'),
    'background_ratio': (1e-5, 'rate of one-off incidents where the window is too small to measure it'),
    'background_floor_ratio': (3e-7, 'a repository without one-off incidents had luck, not a rate of 0'),
    'background_execution_count': (10000, 'executions needed to measure the rate of one-off incidents'),
    'background_test_count': (200, 'tests needed for the same'),
    'prior_ratio': (0.02, 'share of tests that are flaky, before anything is known'),
    'gamma_shape': (0.3, 'of the failure rates of flaky tests: most flakes are rare, a few are not'),
    'gamma_rate': (6, 'same distribution: mean 5 %'),
    'fixed_ratio': (0.02, 'chance that a flake is mended right after an incident'),
    'survival_shape': (0.5, 'of the failure rate in the clean streak'),
    'survival_execution_count': (100, 'clean executions that begin to speak for a mend'),
    'rate_alpha': (0.05, 'prior of the flake rate: mean 0.1 % …'),
    'rate_beta': (50, '… worth 50 executions'),
    'flaky_ratio': (0.8, 'scores from here on are called flaky'),
    'suspect_ratio': (0.3, 'scores from here on are called suspect'),
    'healthy_execution_count': (50, 'executions without evidence that make a test healthy'),
    'missing_run_count': (5, 'runs on the default branch without a test, in each of its configurations, that make it gone'),
    'config_idle_days': (7, 'a configuration that ran no later says nothing of which tests there are'),
    'quarantine_wrong_ratio': (0.05, 'share of tests in quarantine that may be expected not to be flaky'),
    'quarantine_suite_ratio': (0.02, 'share of the tests that may be in quarantine; one may always'),
    'quarantine_days': (14, 'a quarantine nobody ends becomes a deletion'),
    'verification_execution_count': (300, 'executions nobody asks for more of to be sure'),
    'onset_incident_count': (3, 'incidents from which on it is asked since when a test that is not called flaky is'),
    'onset_window_days': (90, 'how far back is looked for the commit a test began to be flaky with'),
    'onset_ratio': (0.8, 'probability from which on a beginning is told: else the test may always have been so'),
    'suspect_set_ratio': (0.8, 'chance that the commit is among those named'),
    'confident_execution_count': (10, 'executions below which a score has low confidence'),
} -%}
{{ var('flake_' ~ name, parameters[name][0]) }}
{%- endmacro %}
