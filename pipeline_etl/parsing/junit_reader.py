"""JUnit XML, streamed into columns."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, NamedTuple

import polars as pl

from pipeline_etl.contracts.vocabulary import TestOutcome, TestReportFormat
from pipeline_etl.errors import ContentError, MalformedTestReport
from pipeline_etl.parsing.content import Content
from pipeline_etl.parsing.durations import parse_seconds
from pipeline_etl.parsing.junit_columns import SUITE_CASE, Cases, Note, no_cases, tries_of_cases, try_count
from pipeline_etl.parsing.redaction import redact
from pipeline_etl.parsing.xml_events import MAX_ATTRIBUTES, MAX_DEPTH, Handlers, XmlReader, refuse_bounds

MAX_TRIES: Final = 1_000_000
"""Tries in one report: what a hostile one of a few MB may cost in memory, about 1 GB, and no real one reaches."""

MAX_SUITES: Final = 200_000
"""Suites in one report."""

_SUITE_NAME_LENGTH: Final = 500
"""Characters of a suite's name and file that are read: each of its cases repeats them."""

MESSAGE_LENGTH: Final = 2_000
"""Characters of a message that are kept."""

HEARD_LENGTH: Final = 16_000
"""Characters of a message that are read: more than are kept, so that a secret at the cut is redacted as a whole."""

BATCH: Final = 50_000
"""Tries that are held as Python values before they become a frame, which needs a tenth of the memory."""

_OUTCOMES: Final[Mapping[str, TestOutcome]] = {"failure": "failed", "error": "error", "skipped": "skipped"}
_RETRIES: Final[Mapping[str, TestOutcome]] = {
    "flakyFailure": "failed",
    "rerunFailure": "failed",
    "flakyError": "error",
    "rerunError": "error",
}
"""Elements of Surefire, Failsafe, nextest and Marathon: a try besides the one the case itself stands for."""
_BAD: Final = frozenset({"failure", "error"})
_SILENT: Final = frozenset({"system-out", "system-err"})


class OtherRootError(Exception):
    """The root element is none of JUnit XML; it may be one of another kind of test report."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.root = root


class Suite(NamedTuple):
    """What the cases in a suite have in common."""

    suite_name: str | None
    suite_file: str | None
    place: str
    """Host, and a hash of the suites around: Playwright runs one suite per browser and gives the browser as host."""


class JUnitReader(XmlReader):
    """Reads one report; ``tries()`` and the public attributes then hold what it says."""

    report_format: ClassVar[TestReportFormat] = "junit"
    is_of_cases: ClassVar[bool] = True
    """Whether a ``testcase`` of the document is a case; other dialects tell of theirs."""

    def __init__(self) -> None:
        self.suite_count = 0
        self.timestamps: list[str] = []
        """Times that the report or its outermost suites state, as written."""
        self._outermost_seconds: list[float | None] = []
        self._stated_seconds: float | None = None
        self._has_root = False
        self._suites = [Suite(suite_name=None, suite_file=None, place="")]
        self._open_suites = [0]
        self._case_tag: str | None = None
        """The element whose end is the end of the case; None outside of cases."""
        self._note: Mapping[str, str] | None = None
        self._heard: list[str] = []
        self._heard_length = 0
        self._note_count = 0
        self._batches: list[pl.DataFrame] = []
        self._try_count = 0
        self._case_count = 0
        """Cases of these batches."""
        self._cases = no_cases()
        self._add_case = self._cases.attributes.append

    def read_report(self, content: Content) -> None:
        """Read the whole report.

        Raises:
            MalformedTestReport: It is no XML of a known dialect, is cut off, or passes a cap.
            OtherRootError: Its root element is none of JUnit XML.
        """
        self.read(content, error=MalformedTestReport)
        self._check_count(try_count(self._cases))

    def tries(self) -> tuple[Sequence[pl.DataFrame], Cases]:
        """The tries that already are columns, as ``tries_of_cases`` gives them, and the cases that follow."""
        return self._batches, self._cases

    def suites(self) -> Sequence[Suite]:
        """The suites by number; number 0 is outside of all."""
        return self._suites

    @property
    def report_seconds(self) -> float | None:
        """What the root states, else the sum over the outermost suites if all of them state it."""
        if self._stated_seconds is not None:
            return self._stated_seconds
        stated = [seconds for seconds in self._outermost_seconds if seconds is not None]
        return sum(stated) if stated and len(stated) == len(self._outermost_seconds) else None

    def fed(self) -> None:
        """See XmlReader."""
        if len(self._cases.attributes) >= BATCH and self._case_tag is None:
            self._end_batch()

    def handlers(self, *, error: type[ContentError]) -> Handlers:
        """See XmlReader. Most elements are cases of which nothing more is said; these are seen to at once."""
        if not self.is_of_cases:
            return super().handlers(error=error)
        opened, closed = self.opened, self.closed
        depth, deepest, most = 0, MAX_DEPTH, MAX_ATTRIBUTES

        def start(tag: str, attributes: Mapping[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > deepest or len(attributes) > most:
                refuse_bounds(depth, error=error)
            if tag == "testcase" and self._case_tag is None and self._has_root:
                self._case_tag = tag
                self._add_case(attributes)
            else:
                opened(tag, attributes)

        def end(tag: str) -> None:
            nonlocal depth
            depth -= 1
            if tag == self._case_tag and self._note is None:
                self._case_tag = None
            else:
                closed(tag)

        return start, end

    def opened(self, tag: str, attributes: Mapping[str, str]) -> None:
        """See XmlReader."""
        if tag == "testcase" and self._has_root:
            if self._case_tag:
                raise MalformedTestReport("It has a test case inside a test case.")
            self._open_case(tag, attributes)
        elif self._case_tag:
            self._open_in_case(tag, attributes)
        elif tag == "testsuite":
            self._open_suite(attributes)
        elif not self._has_root:
            self._open_root(tag, attributes)
        elif tag in _BAD and len(self._open_suites) > 1:
            self._open_case(
                tag, {"name": SUITE_CASE, "classname": self._suites[self._open_suites[-1]].suite_name or ""}
            )
            self._open_in_case(tag, attributes)

    def closed(self, tag: str) -> None:
        """See XmlReader."""
        if not self._case_tag:
            if tag == "testsuite":
                self._open_suites.pop()
                self._enter_suite()
            return
        if self._note is not None:
            self._close_in_case(tag, self._note)
        if tag == self._case_tag:
            self._case_tag = None

    def said(self, text: str) -> None:
        """See XmlReader."""
        self._heard.append(text[:HEARD_LENGTH])
        self._heard_length += len(text)
        if self._heard_length >= HEARD_LENGTH:
            self.stop_listening()

    def _open_root(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag != "testsuites":
            raise OtherRootError(tag)
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
            Suite(
                suite_name=name or outer.suite_name,
                suite_file=file or outer.suite_file,
                place=f"{host}\x1f{around}",
            )
        )
        self._enter_suite()

    def _enter_suite(self) -> None:
        """What follows is in the suite that is open now."""
        self._cases.suite_runs.append((len(self._cases.attributes), self._open_suites[-1]))

    def _open_case(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._case_tag = tag
        self._add_case(attributes)

    def _open_in_case(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _SILENT:
            self.stop_listening()
        elif self._note is None and (tag in _OUTCOMES or tag in _RETRIES):
            self._note, self._heard, self._heard_length = attributes, [], 0
            self.start_listening()

    def _close_in_case(self, tag: str, note: Mapping[str, str]) -> None:
        if tag in _SILENT and self._heard_length < HEARD_LENGTH:
            self.start_listening()
        if tag not in _OUTCOMES and tag not in _RETRIES:
            return
        self.stop_listening()
        self._note = None
        self._note_count += 1
        if self._note_count > MAX_TRIES:
            raise MalformedTestReport(f"It has more than {MAX_TRIES:,} failures.")
        message = note.get("message", "").strip() or "".join(self._heard).strip() or note.get("type", "")
        self._cases.notes.setdefault(len(self._cases.attributes) - 1, []).append(
            Note(
                outcome=_RETRIES.get(tag) or _OUTCOMES[tag],
                is_retry=tag in _RETRIES,
                seconds=parse_seconds(note.get("time")),
                message=redact(message[:HEARD_LENGTH])[0][:MESSAGE_LENGTH] or None,
            )
        )

    def _end_batch(self) -> None:
        """Turn the cases read since the last batch into a frame."""
        tries = tries_of_cases(self._cases, first_case_number=self._case_count + 1)
        self._batches.append(tries)
        self._case_count += len(self._cases.attributes)
        self._cases = no_cases(self._open_suites[-1])
        self._add_case = self._cases.attributes.append
        self._try_count += tries.height
        self._check_count(0)

    def _check_count(self, more: int) -> None:
        if self._try_count + more > MAX_TRIES:
            raise MalformedTestReport(f"It has more than {MAX_TRIES:,} test cases.")
