"""The table of failures is whole, and both engines read it alike."""

import re

import polars as pl
import pytest

from pipeline_etl.contracts.vocabulary import FailureClass, words
from pipeline_etl.parsing.log_rules.failure_patterns import ENDS_THE_JOB, FAMILIES, PATTERNS


def test_every_class_but_the_unknown_one_has_a_pattern() -> None:
    assert {pattern.failure_class for pattern in PATTERNS} == set(words(FailureClass)) - {"unknown"}


def test_patterns_stand_in_the_order_of_the_vocabulary() -> None:
    """The first pattern that fits a line names it, so a class must not stand before a more fundamental one."""
    ranks = [words(FailureClass).index(pattern.failure_class) for pattern in PATTERNS]

    assert ranks == sorted(ranks)


def test_what_ends_a_job_from_outside_is_one_family_and_in_no_other() -> None:
    assert {"runner_lost", "timeout", "superseded", "cancelled"} == ENDS_THE_JOB
    assert not [pattern for family in FAMILIES[1:] for pattern in family if pattern.failure_class in ENDS_THE_JOB]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: f"{pattern.failure_class}/{pattern.name}")
def test_both_engines_read_a_pattern_alike(pattern) -> None:
    """The linear-time engine picks the lines, Python names them: a phrase only one of them knows would never be found."""
    lines = [
        "",
        "a plain line",
        "error: FAILED tests/a.py::b",
        "exit code 137",
        "x.c:1:2: error: no",
        "Killed",
        "401 Unauthorized",
    ]
    for phrase in pattern.phrases:
        linear = pl.Series(lines).str.contains(f"(?i){phrase}").to_list()
        assert linear == [re.search(phrase, line, re.IGNORECASE) is not None for line in lines]


def test_no_pattern_fits_an_ordinary_line() -> None:
    ordinary = ["", "ok", "All checks passed!", "3 passed in 0.12s", "Tests run: 3, Failures: 0, Errors: 0, Skipped: 1"]

    assert not [
        (phrase, line)
        for pattern in PATTERNS
        for phrase in pattern.phrases
        for line in ordinary
        if re.search(phrase, line, re.IGNORECASE)
    ]
