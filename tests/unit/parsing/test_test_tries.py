"""Retries are told from tests that share a name by what happened, not by order."""

import polars as pl

from pipeline_etl.parsing.test_tries import number_tries


def numbered(*cases: tuple[str, str]) -> list[tuple[int, int]]:
    """Ordinal and try of cases of one name, given as place and outcome."""
    rows = pl.DataFrame(
        {
            "test_id": ["t"] * len(cases),
            "case_number": list(range(len(cases))),
            "place": [place for place, _ in cases],
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
