from datetime import UTC, datetime

import polars as pl
import pytest

from pipeline_etl.contracts.tables import Annotations, LogFindings
from pipeline_etl.errors import Expired, Gone, MalformedLog, PipelineError, Unreachable
from pipeline_etl.extraction.rows import Item, Problem, changed_rows, joined, problem_frame, state_after

ITEM = Item(item_kind="job_log", item_id="9", job_id=9)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Gone("never was"), "gone"),
        (Expired("was"), "expired"),
        (MalformedLog("not text"), "unreadable"),
        (Unreachable("502"), "error"),
    ],
)
def test_only_what_may_be_better_next_time_is_tried_again(error: PipelineError, state: str):
    assert state_after(error) == state


def test_the_same_problem_met_again_is_the_same_row():
    first, again = (Problem.of(MalformedLog("not text"), ITEM) for _ in range(2))
    other = Problem.of(MalformedLog("not text"), Item(item_kind="job_log", item_id="10"))

    assert problem_frame([first, again, other]).height == 2


def test_a_problem_says_nothing_secret():
    token = "ghp_" + "a1B2" * 9

    assert token not in Problem.of(MalformedLog(f"at {token}"), ITEM).message


def test_only_rows_that_differ_from_what_is_stored_are_new():
    stored = pl.DataFrame(
        {"id": [1, 2, 3], "name": ["a", None, "c"], "extracted_at": [datetime(2026, 8, 21, tzinfo=UTC)] * 3}
    )
    looked_at = pl.DataFrame({"id": [1, 2, 3, 4], "name": ["a", None, "x", "d"]})

    assert changed_rows(looked_at, stored)["id"].to_list() == [3, 4]


def test_tables_without_rows_are_left_out():
    some = pl.DataFrame({"job_id": [1]})

    parts = [{LogFindings: some, Annotations: some.clear()}, {LogFindings: some}]

    assert {table: frame.height for table, frame in joined(parts).items()} == {LogFindings: 2}
