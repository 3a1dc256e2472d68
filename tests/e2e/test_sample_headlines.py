"""The numbers on the first page of the report, counted a second time from the lake's files alone."""

from pathlib import Path

import duckdb
import pytest

from tests.second.attempts import attempts_of, windows
from tests.second.caches import lookups_of
from tests.second.headlines import headlines
from tests.second.lake import completeness
from tests.second.verdicts import executions_of, weekly_tests


@pytest.fixture(scope="module")
def lake(sample_run) -> Path:
    return sample_run.data_root / "lake"


@pytest.fixture(scope="module")
def marts(sample_warehouse: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(sample_warehouse), read_only=True)
    connection.execute("set TimeZone = 'UTC'; use marts")
    return connection


@pytest.fixture(scope="module")
def attempts(lake):
    return attempts_of(lake)


def test_headlines_of_both_windows_are_those_of_the_lake(lake, attempts, marts):
    lookups = lookups_of(lake, attempts)
    expected = {
        (repository, name, is_current): value
        for repository, both in windows(lake, attempts).items()
        for is_current, window in zip((True, False), both, strict=True)
        if window is not None
        for name, value in headlines(attempts[repository], lookups[repository], window).items()
    }

    actual = {}
    for repository, name, now, before in marts.execute(
        "select repository_id, metric_name, current_value, previous_value from rpt_headlines"
    ).fetchall():
        actual[repository, name, True] = now
        actual[repository, name, False] = before
    unknown = {key: value for key, value in actual.items() if key not in expected and key[1] != "flaky_test_count"}

    assert {key: actual[key] for key in expected} == pytest.approx(expected, nan_ok=False)
    assert set(unknown.values()) <= {None}, "a window that is known in part is compared with nothing"


def test_tests_executed_and_bad_in_each_week_are_those_of_the_lake(lake, attempts, marts):
    expected = {
        (repository, week): (row["executed"], row["bad"])
        for repository, own in executions_of(lake, attempts).items()
        for week, row in weekly_tests(own).items()
    }

    actual = {
        (repository, week): (count, bad)
        for repository, week, count, bad in marts.execute(
            """
            select
                repository_id, iso_week_start_date, sum(weekly_execution_count)::bigint, sum(weekly_failed_count)::bigint
            from rpt_weekly_tests group by all
            """
        ).fetchall()
    }

    assert actual == expected


def test_completeness_is_that_of_the_ledger_in_the_lake(lake, marts):
    rows = marts.execute("select repository_id, item_kind, coverage_ratio from rpt_completeness").fetchall()

    assert {(repository, kind): ratio for repository, kind, ratio in rows} == {
        key: ratio for key, (_, _, ratio) in completeness(lake).items()
    }
