"""Test cases of JUnit XML as columns: one row per try."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

import polars as pl

from pipeline_etl.contracts.vocabulary import TestOutcome, words
from pipeline_etl.parsing.durations import seconds_column
from pipeline_etl.parsing.runs import SMALL, repeated

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

_OUTCOME: Final = pl.Enum(words(TestOutcome))


class Note(NamedTuple):
    """An element inside a case that says how a try ended."""

    outcome: TestOutcome
    is_retry: bool
    seconds: float | None
    message: str | None


class Cases(NamedTuple):
    """Cases as they were read, not yet columns."""

    attributes: list[Mapping[str, str]]
    """Of each ``testcase`` element."""
    notes: dict[int, list[Note]]
    """What is written inside a case, by its place in ``attributes``."""
    suite_runs: list[tuple[int, int]]
    """From which case on they are in which suite."""


def try_count(cases: Cases) -> int:
    """How many tries the cases stand for."""
    retries = sum(note.is_retry for of_case in cases.notes.values() for note in of_case)
    return len(cases.attributes) + retries


def no_cases(suite_number: int = 0) -> Cases:
    """To be filled, from a suite on."""
    return Cases([], {}, [(0, suite_number)])


def tries_of_cases(cases: Cases, *, first_case_number: int) -> pl.DataFrame:
    """The tries of the cases, in their order.

    Args:
        cases: Some cases.
        first_case_number: Number of the first case; the others count on from it.
    """
    attributes, notes, suite_runs = cases
    count = len(attributes)
    starts = [start for start, _ in suite_runs]
    lengths = [stop - start for start, stop in zip(starts, [*starts[1:], count], strict=True)]
    own = pl.DataFrame(
        {
            "case_number": pl.int_range(first_case_number, first_case_number + count, eager=True),
            "suite_number": repeated([suite for _, suite in suite_runs], lengths).cast(pl.UInt32),
            "class_name": _repeated(_texts(attributes, "classname", otherwise="class")),
            "test_name": _texts(attributes, "name", missing=UNNAMED),
            "file_path": _repeated(_texts(attributes, "file")),
            "test_outcome": pl.Series(["passed"], dtype=_OUTCOME).new_from_index(0, count),
            "test_seconds": seconds_column(_texts(attributes, "time")),
            "message": pl.Series([None], dtype=pl.String).new_from_index(0, count),
        }
    )
    stated = _stated_outcomes(attributes)
    told = sorted(notes.keys() | stated.keys())
    if not told:
        return own
    ended = [_own_outcome(notes.get(case, ()), stated=stated.get(case)) for case in told]
    own = own.with_columns(
        own["test_outcome"].scatter(told, pl.Series([outcome for outcome, _ in ended], dtype=_OUTCOME)),
        own["message"].scatter(told, pl.Series([message for _, message in ended], dtype=pl.String)),
    )
    retries = [
        (case, number, note)
        for case, of_case in notes.items()
        for number, note in enumerate((note for note in of_case if note.is_retry), start=1)
    ]
    return _with_retries(own, retries) if retries else own


def _stated_outcomes(attributes: Sequence[Mapping[str, str]]) -> dict[int, TestOutcome | None]:
    """What cases say themselves of how they ended, by place."""
    return {
        place: _STATED.get(case.get("status", "").lower()) or _STATED.get(case.get("result", "").lower())
        for place, case in enumerate(attributes)
        if "status" in case or "result" in case
    }


def _texts(
    cases: Sequence[Mapping[str, str]], name: str, *, otherwise: str | None = None, missing: str | None = None
) -> pl.Series:
    """An attribute of every case; another one, or else what stands for it, where it is missing or empty."""
    try:  # all have it, as a rule
        texts: list[str | None] = list(map(itemgetter(name), cases))
    except KeyError:
        texts = [case.get(name) for case in cases]
    if otherwise is not None and not all(texts):
        texts = [text or case.get(otherwise) for text, case in zip(texts, cases, strict=True)]
    return pl.Series(texts if all(texts) else [text or missing for text in texts], dtype=pl.String)


def _repeated(texts: pl.Series) -> pl.Series:
    """A column that stores each text once however many rows have it."""
    if len(texts) <= SMALL:
        return texts
    distinct = texts.unique()
    if 2 * len(distinct) > len(texts) or texts.is_empty():
        return texts
    places = pl.Series(range(len(distinct)), dtype=pl.UInt32)
    return distinct.gather(texts.replace_strict(distinct, places, return_dtype=pl.UInt32))


def _with_retries(own: pl.DataFrame, retries: Sequence[tuple[int, int, Note]]) -> pl.DataFrame:
    """A row more for every try written inside a case besides the case's own.

    A case that passed in the end passed last; one that did not failed first and was then run again.
    """
    ended_badly = own["test_outcome"].is_in(["failed", "error"])
    rows = own[[case for case, _, _ in retries]].with_columns(
        pl.Series("position", [number if ended_badly[case] else number - 10**9 for case, number, _ in retries]),
        pl.Series("test_outcome", [note.outcome for _, _, note in retries], dtype=_OUTCOME),
        pl.Series("test_seconds", [note.seconds for _, _, note in retries], dtype=pl.Float64),
        pl.Series("message", [note.message for _, _, note in retries], dtype=pl.String),
    )
    both = pl.concat([own.with_columns(position=pl.lit(0, dtype=pl.Int64)), rows])
    return both.sort("case_number", "position").drop("position")


def _own_outcome(notes: Sequence[Note], *, stated: TestOutcome | None) -> tuple[TestOutcome, str | None]:
    """How the try that the case itself stands for ended, and what is said of it."""
    own = [note for note in notes if not note.is_retry]
    if not own:
        return stated or "passed", None
    worst = min(own, key=lambda note: _WORST_FIRST.index(note.outcome))
    # XCTest lets a disabled test fail without consequence.
    return ("skipped" if stated == "skipped" else worst.outcome), worst.message
