"""Test cases of JUnit XML as columns: one row per try."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import polars as pl

from pipeline_etl.contracts.vocabulary import TestOutcome, words
from pipeline_etl.parsing.durations import seconds_column

UNNAMED: Final = "(unnamed)"
"""Name of a test that has none."""

SUITE_CASE: Final = "(suite)"
"""Name of what fails in a suite outside of its tests, as its set-up does."""

_WORST_FIRST: Final = ("error", "failed", "skipped")

# Without a child element some producers still say it: GoogleTest, Boost, CTest, tst.
_STATED: Final[Mapping[str, TestOutcome]] = {
    "disabled": "skipped",
    "ignored": "skipped",
    "notrun": "skipped",
    "skipped": "skipped",
    "suppressed": "skipped",
    "fail": "failed",
    "failed": "failed",
    "failure": "failed",
    "error": "error",
    "errored": "error",
}

_ROW: Final[Mapping[str, pl.DataType | type[pl.DataType]]] = {
    "case_number": pl.Int64,
    "position": pl.Int64,
    "suite_number": pl.UInt32,
    "class_name": pl.String,
    "test_name": pl.String,
    "file_path": pl.String,
    "test_outcome": pl.Enum(words(TestOutcome)),
    "test_seconds": pl.Float64,
    "message": pl.String,
}
"""A try. ``position`` orders the tries within a case: the case's own is 0."""


class Note(NamedTuple):
    """An element inside a case that says how a try ended."""

    outcome: TestOutcome
    is_retry: bool
    seconds: float | None
    message: str | None


def tries_of_cases(
    cases: Sequence[Mapping[str, str]],
    notes: Mapping[int, Sequence[Note]],
    *,
    suite_numbers: Sequence[int],
    first_case_number: int,
) -> pl.DataFrame:
    """The tries of the cases, in their order.

    Args:
        cases: Attributes of each ``testcase`` element.
        notes: What is written inside a case, by its place in ``cases``.
        suite_numbers: For each case, which suite it is in.
        first_case_number: Number of the first case; the others count on from it.
    """
    stated = {
        index: _STATED.get(case.get("status", "").lower()) or _STATED.get(case.get("result", "").lower())
        for index, case in enumerate(cases)
        if "status" in case or "result" in case
    }
    outcomes: list[TestOutcome] = ["passed"] * len(cases)
    messages: list[str | None] = [None] * len(cases)
    for index in notes.keys() | stated.keys():
        outcomes[index], messages[index] = _own_outcome(notes.get(index, ()), stated=stated.get(index))
    own = pl.DataFrame(
        {
            "case_number": range(first_case_number, first_case_number + len(cases)),
            "position": [0] * len(cases),
            "suite_number": suite_numbers,
            "class_name": _repeated([case.get("classname") or case.get("class") or None for case in cases]),
            "test_name": [case.get("name") or UNNAMED for case in cases],
            "file_path": _repeated([case.get("file") or None for case in cases]),
            "test_outcome": outcomes,
            "test_seconds": seconds_column([case.get("time") for case in cases]),
            "message": messages,
        },
        schema=_ROW,
    )
    return pl.concat([own, _retries(own, notes)]).sort("case_number", "position")


def _repeated(texts: Sequence[str | None]) -> pl.Series:
    """A column that stores each text once however many rows have it."""
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    return pl.Series(list(places), dtype=pl.String).gather([places[text] for text in texts])


def _retries(own: pl.DataFrame, notes: Mapping[int, Sequence[Note]]) -> pl.DataFrame:
    """A row for every try written inside a case besides the case's own.

    A case that passed in the end passed last; one that did not failed first and was then run again.
    """
    retries = [
        (index, number, note)
        for index, of_case in notes.items()
        for number, note in enumerate((note for note in of_case if note.is_retry), start=1)
    ]
    ended_badly = own["test_outcome"].is_in(["failed", "error"])
    return own[[index for index, _, _ in retries]].with_columns(
        pl.Series("position", [number if ended_badly[index] else number - 10**9 for index, number, _ in retries]),
        pl.Series("test_outcome", [note.outcome for _, _, note in retries], dtype=_ROW["test_outcome"]),
        pl.Series("test_seconds", [note.seconds for _, _, note in retries], dtype=pl.Float64),
        pl.Series("message", [note.message for _, _, note in retries], dtype=pl.String),
    )


def _own_outcome(notes: Sequence[Note], *, stated: TestOutcome | None) -> tuple[TestOutcome, str | None]:
    """How the try that the case itself stands for ended, and what is said of it."""
    own = [note for note in notes if not note.is_retry]
    if not own:
        return stated or "passed", None
    worst = min(own, key=lambda note: _WORST_FIRST.index(note.outcome))
    # XCTest lets a disabled test fail without consequence.
    return ("skipped" if stated == "skipped" else worst.outcome), worst.message
