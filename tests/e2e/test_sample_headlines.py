"""The numbers on the first page of the report, counted a second time from the lake's files alone."""

from pathlib import Path

import duckdb
import pytest

from tests.second_computation import attempts_of, completeness, headlines, lookups_of, weekly_tests, windows


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
    lookups = lookups_of(lake)
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
    expected = weekly_tests(lake, attempts)

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

    assert {(repository, kind): ratio for repository, kind, ratio in rows} == completeness(lake)
