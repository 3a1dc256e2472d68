"""Retries are told from tests that share a name by what happened, not by order."""

from pathlib import Path

import polars as pl
import pytest

from pipeline_etl.parsing.test_tries import number_tries
from tests.parsed import parse_test_report


def numbered(*cases: tuple[str, str]) -> list[tuple[int, int]]:
    """Ordinal and try of cases of one name, given as place and outcome."""
    rows = pl.DataFrame(
        {
            "report_number": [0] * len(cases),
            "test_id": ["t"] * len(cases),
            "case_number": list(range(len(cases))),
            "place": [place for place, _ in cases],
            "file_path": pl.Series([None] * len(cases), dtype=pl.String),
            "is_named": [True] * len(cases),
            "test_outcome": [outcome for _, outcome in cases],
            "test_seconds": [1.0] * len(cases),
        }
    )
    return number_tries(rows).select("test_ordinal", "try_number").rows()


def test_failures_and_one_pass_are_tries() -> None:
    assert numbered(("", "failed"), ("", "error"), ("", "passed")) == [(1, 1), (1, 2), (1, 3)]


def test_failures_alone_are_tries() -> None:
    assert numbered(("", "failed"), ("", "failed")) == [(1, 1), (1, 2)]


def test_passes_alone_are_tests() -> None:
    assert numbered(("", "passed"), ("", "passed")) == [(1, 1), (2, 1)]


def test_a_test_skipped_in_one_case_and_passed_in_another_was_not_retried() -> None:
    assert numbered(("", "skipped"), ("", "passed")) == [(2, 1), (1, 1)]


def test_the_worst_of_several_tests_has_no_ordinal() -> None:
    assert numbered(("", "passed"), ("", "passed"), ("", "failed")) == [(2, 1), (3, 1), (1, 1)]


def test_cases_in_different_places_are_never_tries_of_each_other() -> None:
    assert numbered(("b", "failed"), ("a", "passed"), ("b", "passed")) == [(2, 1), (1, 1), (2, 2)]


FILES = Path(__file__).parent / "test_report_files"

DIALECTS = {
    "Surefire and Failsafe, passed in the end": (
        '<testcase classname="c" name="t" time="1"><flakyFailure message="m" type="E"><stackTrace>s</stackTrace>'
        "<system-out>o</system-out></flakyFailure><flakyError>e</flakyError></testcase>"
    ),
    "Gradle test-retry": (
        '<testcase name="t" classname="c" time="1"><failure message="m" type="E">s</failure></testcase>'
        '<testcase name="t" classname="c" time="1"><error message="m" type="E">s</error></testcase>'
        '<testcase name="t" classname="c" time="1"/>'
    ),
    "pytest-rerunfailures, which writes the phases of a try apart": (
        '<testcase classname="c" name="t" time="1"><failure message="m">s</failure></testcase>'
        '<testcase classname="c" name="t" time="1"><error message="failed on teardown">s</error></testcase>'
        '<testcase classname="c" name="t" time="1" />'
    ),
    "nextest, which gives each try a time of its own": (
        '<testcase name="t" classname="c" time="1"><flakyFailure message="m" type="FAILURE" time="2">'
        "<stackTrace>s</stackTrace></flakyFailure><flakyError message='m' type='E' time='3'/>"
        "<system-out>o</system-out></testcase>"
    ),
}


@pytest.mark.parametrize("cases", DIALECTS.values(), ids=DIALECTS)
def test_a_test_that_passed_when_it_was_run_again_is_one_test_in_every_dialect(cases: str) -> None:
    report = f'<testsuites><testsuite name="s">{cases}</testsuite></testsuites>'
    results = parse_test_report(report.encode(), repository_id=1).results

    assert results.select("test_name", "try_number", "test_outcome").rows() == [
        ("t", 1, "failed"),
        ("t", 2, "error"),
        ("t", 3, "passed"),
    ]
    assert results["test_id"].n_unique() == 1


def test_gotestsum_writes_what_it_ran_again_at_the_end_of_the_suite() -> None:
    results = parse_test_report((FILES / "mikepenz-junit/gotestsum.xml").read_bytes(), repository_id=1).results

    assert results.select("test_name", "try_number", "test_outcome").rows() == [
        ("TestWebSocketReconnectRace", 1, "failed"),
        ("TestCreateChannelBookmark", 1, "skipped"),
        ("TestWebSocketUpgrade", 1, "passed"),
        ("TestWebSocketReconnectRace", 2, "passed"),
    ]
    assert results["test_id"].n_unique() == 3


def test_marathon_writes_a_retry_into_the_case() -> None:
    content = (FILES / "mikepenz-junit/marathon_junit_report.xml").read_bytes()
    results = parse_test_report(content, repository_id=1).results

    assert results.select("try_number", "test_outcome").rows() == [(1, "failed"), (2, "passed")]
