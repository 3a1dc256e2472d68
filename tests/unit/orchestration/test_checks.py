from datetime import datetime, timedelta
from pathlib import Path

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from pipeline_etl.orchestration.checks import collapsed, row_counts, row_counts_result, stale

COUNTS = st.dictionaries(st.sampled_from(["raw.jobs", "raw.steps", "marts.fct_jobs"]), st.integers(0, 10_000))


def test_a_table_that_lost_more_than_half_of_its_rows_is_named_with_both_counts() -> None:
    assert collapsed({"raw.jobs": 1000, "raw.steps": 1000}, {"raw.jobs": 499, "raw.steps": 500}) == {
        "raw.jobs": "1000 rows before, 499 now"
    }


def test_a_table_that_is_gone_lost_all_of_its_rows() -> None:
    assert collapsed({"raw.jobs": 1000}, {}) == {"raw.jobs": "1000 rows before, 0 now"}


def test_small_tables_come_and_go() -> None:
    assert collapsed({"raw.workflows": 99}, {"raw.workflows": 0}) == {}


@given(before=COUNTS, added=COUNTS)
def test_tables_that_only_grow_never_collapse(before: dict[str, int], added: dict[str, int]) -> None:
    after = {name: count + added.get(name, 0) for name, count in before.items()}

    assert row_counts_result(before, after).passed


def test_the_check_fails_when_a_table_collapsed() -> None:
    result = row_counts_result({"raw.jobs": 1000}, {"raw.jobs": 1})

    assert not result.passed
    assert result.description == "Tables lost more than half of their rows: raw.jobs: 1000 rows before, 1 now."


def test_rows_are_counted_in_every_table_whatever_its_name(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "w.duckdb") as connection:
        connection.execute(
            'create schema raw; create table raw.a as from range(3); create table raw."o\'b" as from range(2)'
        )

        assert row_counts(connection) == {"raw.a": 3, "raw.o'b": 2}


def test_a_repository_known_up_to_a_day_and_a_half_ago_is_fresh_and_before_that_stale(fixed_now: datetime) -> None:
    repositories = [
        ("fresh", fixed_now - timedelta(hours=36), False),
        ("late", fixed_now - timedelta(hours=36, minutes=1), False),
        ("never", None, False),
    ]

    assert stale(repositories, now=fixed_now) == {
        "late": "known up to 2026-08-19 14:59 UTC",
        "never": "never synced to its end",
    }


def test_a_recorded_archive_is_never_stale(fixed_now: datetime) -> None:
    assert stale([("sample", fixed_now - timedelta(days=400), True)], now=fixed_now) == {}
