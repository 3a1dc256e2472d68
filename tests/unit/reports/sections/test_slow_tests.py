"""Slow tests."""

from dataclasses import replace

from pipeline_etl.reports.sections.slow_tests import advise, draw

ROW = {"full_test_name": "test_a", "test_seconds_p50": 75.0}


def test_the_slowest_is_named(repository):
    assert advise([ROW], repository).startswith(
        "The slowest test is “test_a”: 1 min 15 s in half of its last executions"
    )


def test_no_duration_is_not_a_fast_suite(repository):
    assert "nothing is known of how long tests take" in advise([], repository)
    assert "o data is never healthy" in advise([], replace(repository, test_execution_count=0))


def test_a_test_that_takes_no_time_is_not_drawn():
    assert len(draw([ROW])) == 1
    assert draw([{**ROW, "test_seconds_p50": 0.0}]) == []
