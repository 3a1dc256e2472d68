"""What must hold of the flake score whatever the history: its laws, and that it ranks better than what others rank by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.simulated.models import build
from tests.simulated.ranking import NOW_ONLY, average_precision, calibration_error, judged
from tests.simulated.scenarios import EVERYDAY
from tests.simulated.tables import INPUTS

CONFIGS = ("c0", "c1")
TESTS = ("a", "b", "c")
SMALL = replace(
    EVERYDAY,
    test_count=250,
    flaky_ratio=0.1,
    pushes_per_day=3,
    pull_requests_per_day=1.5,
    config_count=2,
    external_breakages_per_day=0.3,
    removed_ratio=0.1,
)


@dataclass(frozen=True, kw_only=True)
class Execution:
    """A job of a run: what each of TESTS said, as try outcomes in the order of the report."""

    run: int
    config: str
    minute: int
    tries: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Story:
    """A small history: runs by commit and branch, and their executions in order of time."""

    branches: tuple[str, ...]
    commits: tuple[str, ...]
    executions: tuple[Execution, ...]


TRIES = st.sampled_from([("passed",)] * 6 + [("failed",), ("failed",), ("error",), ("failed", "passed"), ("skipped",)])


@st.composite
def stories(draw: st.DrawFn) -> Story:
    run_count = draw(st.integers(3, 8))
    branches = tuple(draw(st.sampled_from(["main", "main", "topic"])) for _ in range(run_count))
    commits = tuple(f"{branch}-{draw(st.integers(0, 3))}" for branch in branches)
    executions = []
    for run in range(run_count):
        for config in CONFIGS:
            executions.extend(
                Execution(
                    run=run, config=config, minute=100 * run + 10 * attempt, tries=tuple(draw(TRIES) for _ in TESTS)
                )
                for attempt in range(draw(st.integers(1, 2)))
            )
    return Story(branches=branches, commits=commits, executions=tuple(executions))


def scores(
    story: Story, *, order: Sequence[int] | None = None, is_reversed: bool = False
) -> dict[str, dict[str, float]]:
    """Test → its numbers at the end, from the tries on; ``order`` is that in which executions are loaded."""
    rows = [
        {
            "execution": number,
            "run": execution.run,
            "config": execution.config,
            "minute": execution.minute,
            "test": test,
            "outcome": outcome,
            "try": position,
        }
        for number in (order or range(len(story.executions)))
        for execution in [story.executions[number]]
        for test, tries in zip(TESTS, execution.tries, strict=True)
        for position, outcome in enumerate(tries, start=1)
    ]
    if is_reversed:
        rows = [row | {"try": 1 + len(rows) - place} for place, row in enumerate(reversed(rows))]
    runs = [{"run": run, "sha": sha, "branch": story.branches[run]} for run, sha in enumerate(story.commits)]
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.register("tries", pl.DataFrame(rows).to_arrow())
        connection.register("runs", pl.DataFrame(runs).to_arrow())
        build(connection, STORY_INPUTS | NOW_ONLY)
        found = connection.execute(
            "select test_id, flake_score_ratio, ever_flaky_ratio, noisy_or_ratio, bad_execution_count, flake_rate_ratio "
            "from marts.fct_test_flakiness"
        ).fetchall()
    names = ("score", "ever", "noisy_or", "bad", "rate")
    return {test: dict(zip(names, values, strict=True)) for test, *values in found}


STORY_INPUTS = {
    "int_artifacts_tied_to_jobs": """
        select distinct
            'github' as provider, 1::bigint as repository_id, run as run_id, execution as artifact_id,
            execution::varchar as execution_id, execution as job_id, 1::bigint as run_attempt, config as job_config_id,
            config as test_config_id, timestamptz '2026-01-01 00:00:00+00' + to_minutes(minute) as executed_at
        from tries
    """,
    "stg_test_reports": """
        select distinct
            'github' as provider, 1::bigint as repository_id, execution as artifact_id, 'junit.xml' as report_path
        from tries
    """,
    "stg_test_results": """
        select
            'github' as provider, 1::bigint as repository_id, execution as artifact_id, 'junit.xml' as report_path,
            test as test_id, null::varchar as suite_name, 'module' as class_name, test as test_name,
            null::varchar as file_path, "try" as try_number, outcome as test_outcome, 0.1 as test_seconds,
            null::varchar as message
        from tries
    """,
    "int_runs_numbered_by_load": """
        select distinct 'github' as provider, 1::bigint as repository_id, run as run_id, 1::bigint as load_number from tries
    """,
    "int_failures_classified": INPUTS["int_failures_classified"],
    "int_runs_in_context": """
        select
            'github' as provider, 1::bigint as repository_id, 'owner/name' as repository_name, run as run_id,
            sha as head_sha, branch as head_branch, branch = 'main' as is_default_branch, 'push' as event,
            'https://ci/' || run as run_url, timestamptz '2026-01-01 00:00:00+00' as created_at
        from runs
    """,
    "int_repositories_as_of": """
        select
            'github' as provider, 1::bigint as repository_id, timestamptz '2026-01-02 00:00:00+00' as as_of_at,
            timestamptz '2025-12-03 00:00:00+00' as window_start_at
    """,
    "int_jobs_in_context": """
        select distinct
            'github' as provider, 1::bigint as repository_id, execution as job_id, null::varchar as job_url
        from tries
    """,
    "stg_repositories": INPUTS["stg_repositories"],
}


@settings(max_examples=4)
@given(story=stories())
def test_scores_are_probabilities_and_a_test_that_always_passes_has_none(story):
    for found in scores(story).values():
        assert all(0 <= found[name] <= 1 for name in ("score", "ever", "noisy_or", "rate") if found[name] is not None)
        assert found["bad"] or found["score"] in (0, None)


@settings(max_examples=3)
@given(story=stories(), data=st.data())
def test_neither_the_order_of_arrival_nor_that_of_a_report_changes_a_number(story, data):
    order = data.draw(st.permutations(range(len(story.executions))))

    expected, actual = scores(story), scores(story, order=order, is_reversed=True)

    assert actual == expected


@settings(max_examples=4)
@given(story=stories(), data=st.data())
def test_a_re_run_that_passes_never_clears_the_commit_that_failed(story, data):
    bad = [
        number
        for number, execution in enumerate(story.executions)
        if any("failed" in tries or "error" in tries for tries in execution.tries)
    ]
    assume(bad)
    failed = story.executions[data.draw(st.sampled_from(bad))]
    again = replace(failed, minute=failed.minute + 5, tries=(("passed",),) * len(TESTS))
    of_commit = [
        execution
        for execution in story.executions
        if story.commits[execution.run] == story.commits[failed.run] and execution.config == failed.config
    ]

    before, after = scores(story), scores(replace(story, executions=(*story.executions, again)))

    for test in range(len(TESTS)):
        said = {outcome for execution in of_commit for outcome in execution.tries[test]}
        if said & {"failed", "error"} and "passed" not in said:
            assert after[TESTS[test]]["ever"] >= before[TESTS[test]]["ever"] - 1e-12
            assert after[TESTS[test]]["noisy_or"] >= before[TESTS[test]]["noisy_or"] - 1e-12


@pytest.fixture(scope="module")
def small_history():
    return judged(SMALL)


def test_the_score_ranks_flaky_tests_before_what_fails_for_a_reason(small_history):
    precision = average_precision(small_history.score, small_history.is_flaky)
    rivals = {name: average_precision(values, small_history.is_flaky) for name, values in small_history.rivals.items()}

    assert precision >= 0.9
    assert precision >= max(rivals.values())


def test_a_score_is_worth_what_it_says(small_history):
    failed = small_history.has_failed

    assert failed.sum() > 50
    assert calibration_error(small_history.score[failed], small_history.is_flaky[failed]) <= 0.05
