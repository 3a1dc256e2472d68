"""What others rank tests by, over the same executions as the score: the bar it must clear."""

from typing import Final

RIVALS: Final = ("failure rate", "flip rate", "flip rate of the default branch", "entropy in a commit", "same commit")
"""Names of the rivals; each also stands with mass failures left out."""

QUERY: Final = """
with

executions as (
    select tries.*, judged.is_mass_failure, runs.head_sha, runs.is_default_branch, tries.outcome <> 'passed' as is_bad
    from intermediate.int_test_tries_collapsed as tries
    inner join intermediate.int_test_executions_judged as judged using (execution_id)
    inner join intermediate.int_runs_in_context as runs on tries.run_id = runs.run_id
    cross join intermediate.int_repositories_as_of as moment
    where
        tries.outcome <> 'skipped' and tries.executed_at <= {as_of} and tries.executed_at > {as_of} - interval 30 day
        and not (judged.is_mass_failure and {leaves_out_mass_failures})
),

flips as (
    select
        test_id, is_default_branch,
        is_bad <> lag(is_bad) over (partition by test_id, test_config_id order by executed_at, execution_id) as is_flip,
        is_bad <> lag(is_bad) over (
            partition by test_id, test_config_id, is_default_branch order by executed_at, execution_id
        ) as is_flip_of_kind
    from executions
),

commits as (
    select
        test_id, head_sha, test_config_id, count(*) filter (is_bad) as bad_count,
        count(*) filter (outcome in ('passed', 'flaky_passed')) as passed_count,
        bad_count / (bad_count + passed_count) as bad_ratio
    from executions
    group by all
),

rates as (select test_id, avg(is_bad::int) as value from executions group by all),
flip_rates as (select test_id, avg(is_flip::int) as value from flips group by all),
default_flip_rates as (select test_id, avg(is_flip_of_kind::int) as value from flips where is_default_branch group by all),
entropies as (
    select test_id, avg(
        if(bad_ratio in (0, 1), 0, -bad_ratio * log2(bad_ratio) - (1 - bad_ratio) * log2(1 - bad_ratio))
    ) as value
    from commits group by all
),
same_commits as (select test_id, count(*) filter (bad_count > 0 and passed_count > 0) as value from commits group by all)

select
    test_id, coalesce(rates.value, 0), coalesce(flip_rates.value, 0), coalesce(default_flip_rates.value, 0),
    coalesce(entropies.value, 0), coalesce(same_commits.value, 0)::double
from rates
left join flip_rates using (test_id)
left join default_flip_rates using (test_id)
left join entropies using (test_id)
left join same_commits using (test_id)
"""
"""One row per test: its identifier and the value of every rival, to be formatted."""


def rivals_query(*, leaves_out_mass_failures: bool, as_of: str = "moment.as_of_at") -> str:
    """The query of all rivals, as of the end of the history or of another instant."""
    return QUERY.format(leaves_out_mass_failures=leaves_out_mass_failures, as_of=as_of)
