"""Tests that run no more, in words."""

from dataclasses import replace
from datetime import UTC, datetime

from pipeline_etl.reports.sections.lost_tests import advise

ROW = {
    "full_test_name": "test_a",
    "last_executed_at": datetime(2026, 3, 20, tzinfo=UTC),
    "bad_execution_count": 3,
    "execution_count": 40,
    "lost_gone_count": 1,
    "lost_test_count": 2,
}


def test_a_test_that_had_failed_may_have_been_silenced(repository):
    assert advise([ROW, ROW], repository) == (
        "2 tests that ran in the last 30 days do no more: 1 gone, 1 only skipped. “test_a” had failed in 3 of "
        "40 executions before: see that it was mended, not silenced."
    )


def test_a_test_that_never_failed_is_named_with_the_day_it_ran_last(repository):
    said = advise([{**ROW, "bad_execution_count": 0}], repository)

    assert "None of them had failed before; see that “test_a”, last run on 2026-03-20," in said


def test_many_gone_at_once_are_more_likely_a_report_that_is_missing(repository):
    assert "still uploaded" in advise([{**ROW, "lost_test_count": 60, "lost_gone_count": 51}], repository)
    assert "still uploaded" not in advise([{**ROW, "lost_test_count": 60, "lost_gone_count": 50}], repository)


def test_nothing_lost_says_what_it_takes_to_know(repository):
    assert "takes five runs of the default branch" in advise([], repository)


def test_no_tests_are_no_health(repository):
    assert "nothing is known of lost tests" in advise([], replace(repository, test_count=0))
    assert "no data is never healthy" in advise([], replace(repository, test_count=0, test_execution_count=0))
