"""How long a new flake stays unseen: the score day by day, against the rival at its best."""

from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from tests.simulated.histories import simulated
from tests.simulated.models import build
from tests.simulated.rivals import RIVALS, rivals_query
from tests.simulated.scenarios import Scenario
from tests.simulated.tables import INPUTS, START, register

FIRST_DAY: Final = 14
FLAKY_FROM: Final = 0.8
RIVAL: Final = "same commit"

DAILY: Final = f"""
    select
        provider, repository_id, {START} + to_days(day::integer) as as_of_at,
        {START} + to_days(day::integer - 30) as window_start_at, day = day_count as is_current,
        1::bigint as load_number
    from intermediate.int_repositories_as_of, history, range({FIRST_DAY}, day_count + 1) as days (day)
"""


@dataclass(frozen=True, kw_only=True)
class Detection:
    """Days from the first spurious failure to the accusation; infinite when none came. ``false_ratio``: of days and tests."""

    days: NDArray[np.float64]
    false_ratio: float


def detections(scenario: Scenario) -> tuple[Detection, Detection]:
    """Of the score at 0.8, and of the rival at the lowest threshold that accuses no more innocent tests than the score."""
    history = simulated(scenario)
    count, last = scenario.test_count, scenario.day_count
    days = np.arange(FIRST_DAY, last + 1)
    scores, rivals = np.zeros((len(days), count)), np.zeros((len(days), count))
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        register(connection, history)
        build(connection, INPUTS | {"int_as_of_dates_listed_by_week": DAILY})
        number = {connection.execute("select md5(?)", [str(test)]).fetchone()[0]: test for test in range(count)}
        for day, test_id, score in connection.execute(
            f"select date_diff('day', {START}, as_of_at), test_id, flake_score_ratio from marts.fct_test_flakiness "
            "where flake_score_ratio > 0"
        ).fetchall():
            scores[day - FIRST_DAY, number[test_id]] = score
        for row, day in enumerate(days):
            query = rivals_query(leaves_out_mass_failures=True, as_of=f"({START} + to_days({day}))")
            for test_id, *values in connection.execute(query).fetchall():
                rivals[row, number[test_id]] = values[RIVALS.index(RIVAL)]
    tests = history.tests
    is_new = (tests.rates > 0) & (tests.flaky_from >= FIRST_DAY) & (history.first_spurious_at < last - 1)
    is_innocent = tests.rates == 0

    def detected(values: NDArray[np.float64], threshold: float) -> Detection:
        is_accused = values >= threshold
        is_seen = is_accused & (days[:, None] >= history.first_spurious_at)
        first = np.where(is_seen.any(axis=0), days[is_seen.argmax(axis=0)], np.inf)
        return Detection(
            days=first[is_new] - history.first_spurious_at[is_new], false_ratio=float(is_accused[:, is_innocent].mean())
        )

    ours = detected(scores, FLAKY_FROM)
    theirs = (detected(rivals, threshold) for threshold in range(1, 100))
    return ours, next(found for found in theirs if found.false_ratio <= ours.false_ratio)
