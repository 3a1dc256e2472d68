"""Since when a test is flaky: the model against its definition, and how often it is right where the truth is known."""

from collections.abc import Sequence
from math import exp, lgamma

import duckdb
import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from tests.simulated.models import compiled

COMMITS, EXECUTIONS = 150, 4
RATES = (0.02, 0.05, 0.1, 0.3)
TESTS_PER_RATE = 60


def simulated(seed: int, *, is_always: bool) -> tuple[list[int], NDArray[np.int64]]:
    """Of each test the commit its flake began with, and its flakes at every commit."""
    random = np.random.default_rng(seed)
    begins = [0 if is_always else int(random.integers(15, COMMITS)) for _ in range(len(RATES) * TESTS_PER_RATE)]
    rates = np.repeat(RATES, TESTS_PER_RATE)
    alive = np.arange(COMMITS) >= np.array(begins)[:, None]
    return begins, random.binomial(EXECUTIONS, np.where(alive, rates[:, None], 0.0))


def judged(flakes: NDArray[np.int64]) -> pl.DataFrame:
    """What the model says of these tests, one row each, in their order."""
    test, commit, part = (axis.ravel() for axis in np.indices((*flakes.shape, EXECUTIONS)))
    tries = pl.DataFrame(
        {"test": test, "run_id": commit, "part": part, "is_flake": part < flakes[test, commit]},
    )
    with duckdb.connect(":memory:") as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.register("tries", tries)
        keys = "'github' as provider, 1 as repository_id"
        moment = "timestamptz '2026-01-01 00:00:00+00' + to_minutes(run_id::integer)"
        for name, query in {
            "marts.fct_test_flakiness": f"""
                select distinct {keys}, 'a/b' as repository_name, timestamptz '2026-01-10 00:00:00+00' as as_of_at, true as is_current,
                    lpad(test::varchar, 6, '0') as test_id, '' as test_name, 'flaky' as flakiness_class,
                    0.9 as flake_score_ratio, 3 as incident_count
                from tries""",
            "marts.fct_flake_evidence": f"""
                select distinct {keys}, lpad(test::varchar, 6, '0') as test_id, 'c' as test_config_id, run_id, 0.9 as probability_ratio,
                    timestamptz '2026-01-10 00:00:00+00' as as_of_at
                from tries where is_flake""",
            "intermediate.int_runs_in_context": f"""
                select distinct {keys}, run_id, run_id::varchar as head_sha, true as is_default_branch, {moment} as created_at
                from tries""",
            "intermediate.int_test_executions_judged": f"""
                select distinct {keys}, run_id || '-' || part as execution_id, false as is_mass_failure from tries""",
            "intermediate.int_test_tries_collapsed": f"""
                select {keys}, lpad(test::varchar, 6, '0') as test_id, 'c' as test_config_id, run_id, run_id || '-' || part as execution_id,
                    if(is_flake, 'failed', 'passed') as outcome, {moment} as executed_at
                from tries""",
        }.items():
            connection.execute(f"create schema if not exists {name.split('.')[0]}")
            connection.execute(f"create table {name} as {query}")
        (model,) = compiled(selected="rpt_flake_onsets")
        return connection.sql(f"from ({model.sql}) order by test_id").pl()


def by_definition(flakes: Sequence[int]) -> tuple[float, list[int]]:
    """The formula of docs/metrics.md: the probability of a beginning, and the commits of the smallest set of 80 %."""

    def beta(a: float, b: float) -> float:
        return lgamma(a) + lgamma(b) - lgamma(a + b)

    total, executions = sum(flakes), len(flakes) * EXECUTIONS
    together = beta(0.3, 6) + beta(total + 0.3, executions - total + 6)
    weights, before = {}, 0
    for commit in range(1, len(flakes)):
        before += flakes[commit - 1]
        n, since, m = commit * EXECUTIONS, total - before, (len(flakes) - commit) * EXECUTIONS
        weight = exp(beta(before + 0.3, n - before + 6) + beta(since + 0.3, m - since + 6) - together)
        weights[commit] = (weight / (len(flakes) - 1), since * n > before * m)
    rises = {commit: weight for commit, (weight, is_rise) in weights.items() if is_rise}
    named, held = [], 0.0
    for commit, weight in sorted(rises.items(), key=lambda item: (-item[1], item[0])):
        if held < 0.8 * sum(rises.values()):
            named.append(commit)
            held += weight
    return sum(rises.values()) / (1 + sum(weight for weight, _ in weights.values())), sorted(named)


def shown_twice(flakes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tests that anything can be said of: they were seen to be flaky at two commits of the last third."""
    return (flakes[:, -COMMITS // 3 :] > 0).sum(axis=1) >= 2


def test_the_model_is_the_formula():
    _, flakes = simulated(7, is_always=False)

    for said, row in zip(judged(flakes).iter_rows(named=True), flakes, strict=True):
        probability, named = by_definition([int(count) for count in row])
        assert said["onset_ratio"] == pytest.approx(probability, rel=1e-9, abs=1e-12)
        if probability < 0.8:
            assert said["onset_sha"] is None
        else:
            assert (int(said["first_suspect_sha"]), int(said["last_suspect_sha"])) == (named[0], named[-1])
            assert said["credible_commit_count"] == len(named)
            assert int(said["before_suspects_sha"]) == named[0] - 1


def test_the_commits_named_hold_the_one_it_began_with_as_often_as_they_claim():
    begins, flakes = simulated(1, is_always=False)
    begins_of_shown = [begin for begin, is_shown in zip(begins, shown_twice(flakes), strict=True) if is_shown]

    said = judged(flakes[shown_twice(flakes)]).with_columns(pl.Series("begin", begins_of_shown))
    told = said.filter(pl.col("onset_sha").is_not_null())
    held = told.filter(
        pl.col("begin").is_between(pl.col("first_suspect_sha").cast(int), pl.col("last_suspect_sha").cast(int))
    )

    assert len(told) / len(said) > 0.75
    assert len(held) / len(told) > 0.8, f"{len(held)} of {len(told)}, {len(said)} asked"


def test_a_test_that_was_always_flaky_is_seldom_said_to_have_begun():
    _, flakes = simulated(2, is_always=True)

    said = judged(flakes[shown_twice(flakes)])
    told = said.filter(pl.col("onset_sha").is_not_null())

    assert len(said) > 200
    assert len(told) / len(said) < 0.03, f"{len(told)} of {len(said)}"
