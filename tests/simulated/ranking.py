"""How good a ranking of tests is, and how honest a probability."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from tests.simulated.histories import History, simulated
from tests.simulated.models import build
from tests.simulated.rivals import RIVALS, rivals_query
from tests.simulated.scenarios import Scenario
from tests.simulated.tables import INPUTS, register

Values = NDArray[np.float64]
Truth = NDArray[np.bool_]

NOW_ONLY = {
    "int_as_of_dates_listed_by_week": """
        select provider, repository_id, as_of_at, window_start_at, true as is_current, 1::bigint as load_number
        from intermediate.int_repositories_as_of
    """
}
"""Judged once, at the end: the weeks before it would only take time."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The tests of a history that can be told apart, with what is true and what is said of each.

    Left out are flaky tests whose flake did not show in the window: nothing can know of them. ``rivals`` were told which
    tests are removed, the score has to find out.
    """

    scenario: Scenario
    is_flaky: Truth
    score: Values
    has_failed: Truth
    rivals: Mapping[str, Values]


def judged(scenario: Scenario, *, threads: int = 2) -> Judged:
    """Make the history of a scenario, run the models over it, and the rivals over the same tables."""
    history = simulated(scenario)
    with duckdb.connect(config={"threads": threads}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        register(connection, history)
        build(connection, INPUTS | NOW_ONLY)
        return _judged(connection, history)


def _judged(connection: duckdb.DuckDBPyConnection, history: History) -> Judged:
    count = history.scenario.test_count
    score, has_failed = np.zeros(count), np.zeros(count, dtype=bool)
    number = {connection.execute("select md5(?)", [str(test)]).fetchone()[0]: test for test in range(count)}
    for test_id, value, bad_count in connection.execute(
        "select test_id, coalesce(flake_score_ratio, 0), bad_execution_count from marts.fct_test_flakiness where is_current"
    ).fetchall():
        score[number[test_id]], has_failed[number[test_id]] = value, bad_count > 0
    rivals = {}
    for leaves_out in (False, True):
        values = np.zeros((count, len(RIVALS)))
        for test_id, *of_test in connection.execute(rivals_query(leaves_out_mass_failures=leaves_out)).fetchall():
            values[number[test_id]] = of_test
        values[~history.is_present] = 0
        for name, of_rival in zip(RIVALS, values.T, strict=True):
            rivals[f"{name}, mass failures left out" if leaves_out else name] = of_rival
    is_flaky = history.is_flaky_now
    is_known = ~is_flaky | history.has_failed_spuriously_since(history.scenario.day_count - 30)
    return Judged(
        scenario=history.scenario,
        is_flaky=is_flaky[is_known],
        score=score[is_known],
        has_failed=has_failed[is_known],
        rivals={name: values[is_known] for name, values in rivals.items()},
    )


def average_precision(values: Values, is_flaky: Truth) -> float:
    """Mean precision over the flaky tests, in falling order of the values; ties count as one step."""
    order = np.argsort(-values, kind="stable")
    is_last_of_tie = np.append(np.diff(values[order]) != 0, True)
    found = np.cumsum(is_flaky[order])[is_last_of_tie]
    listed = np.arange(1, len(values) + 1)[is_last_of_tie]
    return float(np.sum(np.diff(found, prepend=0) * found / listed) / is_flaky.sum())


def precision_of_first(values: Values, is_flaky: Truth, count: int) -> float:
    """Share of flaky tests among the first so many."""
    return float(is_flaky[np.argsort(-values, kind="stable")[:count]].mean())


def calibration_error(values: Values, is_flaky: Truth, *, bin_count: int = 10) -> float:
    """Expected calibration error: how far the mean of a bin lies from the share that is flaky, weighted by its size."""
    bins = np.minimum((values * bin_count).astype(int), bin_count - 1)
    return float(
        sum(
            (bins == number).sum() * abs(values[bins == number].mean() - is_flaky[bins == number].mean())
            for number in np.unique(bins)
        )
        / len(values)
    )
