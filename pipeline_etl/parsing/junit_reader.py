"""JUnit XML, streamed into columns."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import polars as pl

from pipeline_etl.contracts.vocabulary import TestOutcome, words
from pipeline_etl.errors import MalformedTestReport
from pipeline_etl.parsing.durations import parse_seconds, seconds_column
from pipeline_etl.parsing.redaction import redact
from pipeline_etl.parsing.xml_events import XmlReader

MAX_TRIES: Final = 2_000_000
"""Tries in one report."""

MAX_SUITES: Final = 200_000
"""Suites in one report."""

_SUITE_NAME_LENGTH: Final = 500
"""Characters of a suite's name and file that are read: each of its cases repeats them."""

MESSAGE_LENGTH: Final = 2_000
"""Characters of a message that are kept."""

_HEARD_LENGTH: Final = 16_000
"""Characters of a message that are read: more than are kept, so that a secret at the cut is redacted as a whole."""

_BATCH: Final = 50_000
"""Tries that are held as Python values before they become a frame, which needs a tenth of the memory."""

_OTHER_DIALECTS: Final = {
    "TestRun": "trx",
    "test-run": "NUnit",
    "test-results": "NUnit",
    "assemblies": "xUnit",
    "assembly": "xUnit",
}

_OUTCOMES: Final[Mapping[str, TestOutcome]] = {"failure": "failed", "error": "error", "skipped": "skipped"}
_RETRIES: Final[Mapping[str, TestOutcome]] = {
    "flakyFailure": "failed",
    "rerunFailure": "failed",
    "flakyError": "error",
    "rerunError": "error",
}
"""Elements of Surefire, Failsafe, nextest and Marathon: a try besides the one the case itself stands for."""

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

_SILENT: Final = frozenset({"system-out", "system-err"})

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

_SUITE_COLUMNS: Final = {"suite_name": pl.String, "suite_file": pl.String, "place": pl.String}
_UNNAMED: Final = "(unnamed)"


class _Suite(NamedTuple):
    suite_name: str | None
    suite_file: str | None
    place: str
    """Host, and a hash of the suites around: Playwright runs one suite per browser and gives the browser as host."""


class _Note(NamedTuple):
    """An element inside a case that says how a try ended."""

    outcome: TestOutcome
    is_retry: bool
    seconds: float | None
    message: str | None


class JUnitReader(XmlReader):
    """Reads one report; ``tries()`` and the public attributes then hold what it says."""

    def __init__(self) -> None:
        self.suite_count = 0
        self.timestamps: list[str] = []
        """Times that the report or its outermost suites state, as written."""
        self._outermost_seconds: list[float | None] = []
        self._stated_seconds: float | None = None
        self._has_root = False
        self._suites = [_Suite(suite_name=None, suite_file=None, place="")]
        self._open_suites = [0]
        self._is_in_case = False
        self._note: Mapping[str, str] | None = None
        self._heard: list[str] = []
        self._heard_length = 0
        self._batches: list[pl.DataFrame] = []
        self._try_count = 0
        self._first_case_number = 1
        self._cases: list[Mapping[str, str]] = []
        self._suite_numbers: list[int] = []
        self._notes: dict[int, list[_Note]] = {}

    def read_report(self, content: bytes) -> None:
        """Read the whole report. Raises MalformedTestReport, as ``parse_test_report`` says."""
        self.read(content, error=MalformedTestReport)
        self._end_batch()

    def tries(self) -> pl.DataFrame:
        """One row per try, in the order of the report.

        Columns: case_number (equal for the tries written into one case), place (what besides its name tells a case
        from others: host, suites around it and file), and those of TestResults that the report states.
        """
        rows = pl.concat(self._batches)
        suites = pl.DataFrame(self._suites, schema=_SUITE_COLUMNS, orient="row")
        # Gathered, the name of a suite is stored once however many cases it has.
        of_suite = [suites[column].gather(rows["suite_number"]) for column in suites.columns]
        return rows.with_columns(of_suite).with_columns(
            file_path=pl.coalesce("file_path", "suite_file"),
            place=pl.concat_str("place", pl.coalesce("file_path", "suite_file", pl.lit("")), separator="\x1f"),
        )

    @property
    def report_seconds(self) -> float | None:
        """What the root states, else the sum over the outermost suites if all of them state it."""
        if self._stated_seconds is not None:
            return self._stated_seconds
        stated = [seconds for seconds in self._outermost_seconds if seconds is not None]
        return sum(stated) if stated and len(stated) == len(self._outermost_seconds) else None

    def opened(self, tag: str, attributes: Mapping[str, str]) -> None:
        """See XmlReader."""
        if tag == "testcase" and self._has_root:
            if self._is_in_case:
                raise MalformedTestReport("It has a test case inside a test case.")
            self._is_in_case = True
            self._cases.append(attributes)
            self._suite_numbers.append(self._open_suites[-1])
        elif self._is_in_case:
            if tag in _SILENT:
                self.stop_listening()
            elif self._note is None and (tag in _OUTCOMES or tag in _RETRIES):
                self._note, self._heard, self._heard_length = attributes, [], 0
                self.start_listening()
        elif tag == "testsuite":
            self._open_suite(attributes)
        elif not self._has_root:
            self._open_root(tag, attributes)

    def closed(self, tag: str) -> None:
        """See XmlReader."""
        if tag == "testcase":
            self._is_in_case = False
            if len(self._cases) >= _BATCH:
                self._end_batch()
        elif not self._is_in_case:
            if tag == "testsuite":
                self._open_suites.pop()
        elif self._note is not None:
            if tag in _OUTCOMES or tag in _RETRIES:
                self._close_note(tag, self._note)
            elif tag in _SILENT and self._heard_length < _HEARD_LENGTH:
                self.start_listening()

    def said(self, text: str) -> None:
        """See XmlReader."""
        self._heard.append(text[:_HEARD_LENGTH])
        self._heard_length += len(text)
        if self._heard_length >= _HEARD_LENGTH:
            self.stop_listening()

    def _open_root(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _OTHER_DIALECTS:
            raise MalformedTestReport(f"It is a report in the {_OTHER_DIALECTS[tag]} format, which is not read yet.")
        if tag != "testsuites":
            raise MalformedTestReport(f"Its root element is <{tag[:100]}>, not <testsuites> or <testsuite>.")
        self._has_root = True
        self._stated_seconds = parse_seconds(attributes.get("time"))
        self.timestamps.append(attributes.get("timestamp", ""))

    def _open_suite(self, attributes: Mapping[str, str]) -> None:
        self._has_root = True
        self.suite_count += 1
        if self.suite_count > MAX_SUITES:
            raise MalformedTestReport(f"It has more than {MAX_SUITES:,} suites.")
        if len(self._open_suites) == 1:
            self._outermost_seconds.append(parse_seconds(attributes.get("time")))
            self.timestamps.append(attributes.get("timestamp", ""))
        outer = self._suites[self._open_suites[-1]]
        name, file, host = (attributes.get(key, "")[:_SUITE_NAME_LENGTH] for key in ("name", "file", "hostname"))
        around = hashlib.sha256(f"{outer.place}\x1f{outer.suite_name}".encode()).hexdigest()
        self._open_suites.append(len(self._suites))
        self._suites.append(
            _Suite(
                suite_name=name or outer.suite_name,
                suite_file=file or outer.suite_file,
                place=f"{host}\x1f{around}",
            )
        )

    def _close_note(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.stop_listening()
        message = attributes.get("message", "").strip() or "".join(self._heard).strip() or attributes.get("type", "")
        is_retry = tag in _RETRIES
        self._notes.setdefault(len(self._cases) - 1, []).append(
            _Note(
                outcome=_RETRIES[tag] if is_retry else _OUTCOMES[tag],
                is_retry=is_retry,
                seconds=parse_seconds(attributes.get("time")),
                message=redact(message[:_HEARD_LENGTH])[0][:MESSAGE_LENGTH] or None,
            )
        )
        self._note = None

    def _end_batch(self) -> None:
        """Turn the cases read since the last batch into a frame."""
        cases, notes = self._cases, self._notes
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
                "case_number": range(self._first_case_number, self._first_case_number + len(cases)),
                "position": [0] * len(cases),
                "suite_number": self._suite_numbers,
                "class_name": [case.get("classname") or case.get("class") or None for case in cases],
                "test_name": [case.get("name") or _UNNAMED for case in cases],
                "file_path": [case.get("file") or None for case in cases],
                "test_outcome": outcomes,
                "test_seconds": seconds_column([case.get("time") for case in cases]),
                "message": messages,
            },
            schema=_ROW,
        )
        self._batches.append(pl.concat([own, _retries(own, notes)]).sort("case_number", "position"))
        self._try_count += self._batches[-1].height
        if self._try_count > MAX_TRIES:
            raise MalformedTestReport(f"It has more than {MAX_TRIES:,} test cases.")
        self._first_case_number += len(cases)
        self._cases, self._suite_numbers, self._notes = [], [], {}


def _retries(own: pl.DataFrame, notes: Mapping[int, Sequence[_Note]]) -> pl.DataFrame:
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


def _own_outcome(notes: Sequence[_Note], *, stated: TestOutcome | None) -> tuple[TestOutcome, str | None]:
    """How the try that the case itself stands for ended, and what is said of it."""
    own = [note for note in notes if not note.is_retry]
    if not own:
        return stated or "passed", None
    worst = min(own, key=lambda note: _WORST_FIRST.index(note.outcome))
    # XCTest lets a disabled test fail without consequence.
    return ("skipped" if stated == "skipped" else worst.outcome), worst.message
