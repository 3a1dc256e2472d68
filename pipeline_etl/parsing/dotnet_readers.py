"""Reports of .NET test runners: NUnit 2 and 3, xUnit.net 1 to 3, and trx of Visual Studio.

Each says what JUnit XML says in words of its own. So each is read by telling the reader of JUnit XML what it would
have seen: its bounds, columns and rules for retries hold here too.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Final, NamedTuple

from pipeline_etl.contracts.vocabulary import TestOutcome, TestReportFormat
from pipeline_etl.errors import MalformedTestReport
from pipeline_etl.parsing.junit_columns import SUITE_CASE
from pipeline_etl.parsing.junit_reader import HEARD_LENGTH, JUnitReader
from pipeline_etl.parsing.timestamps import instant

MAX_TRX_RESULTS: Final = 200_000
"""Results in a trx file: it may define its tests after their results, which wait in memory until then."""

_ELEMENTS: Final[Mapping[TestOutcome, str]] = {"failed": "failure", "error": "error", "skipped": "skipped"}
_ASSEMBLY: Final = re.compile(r".*[\\/]", re.DOTALL)
_TIMESPAN: Final = re.compile(r"(?:(\d{1,4})\.)?(\d{1,2}):(\d{2}):(\d{2}(?:\.\d{1,9})?)")

_NUNIT: Final[Mapping[str, TestOutcome]] = {
    "passed": "passed",
    "success": "passed",
    "warning": "passed",
    "failed": "failed",
    "failure": "failed",
    "error": "error",
    "cancelled": "error",
    "notrunnable": "error",
    "ignored": "skipped",
    "skipped": "skipped",
    "inconclusive": "skipped",
}
_XUNIT: Final[Mapping[str, TestOutcome]] = {"pass": "passed", "fail": "failed", "skip": "skipped", "notrun": "skipped"}
_TRX: Final[Mapping[str, TestOutcome]] = {
    "passed": "passed",
    "passedbutrunaborted": "passed",
    "completed": "passed",
    "warning": "passed",
    "failed": "failed",
    "error": "error",
    "timeout": "error",
    "aborted": "error",
    "disconnected": "error",
}


class DotnetReader(JUnitReader):
    """What the readers share: a case says how it ended when it begins, and why inside."""

    hears: ClassVar[frozenset[str]] = frozenset({"message", "reason"})
    """Elements whose text says why a case ended so."""

    def __init__(self) -> None:
        super().__init__()
        self._outcome: TestOutcome | None = None
        """How the case that is open ended; None outside of cases."""
        self._why: list[str] = []
        self._why_length = 0

    def said(self, text: str) -> None:
        """See XmlReader."""
        self._why.append(text[:HEARD_LENGTH])
        self._why_length += len(text)
        if self._why_length >= HEARD_LENGTH:
            self.stop_listening()

    def hear(self, tag: str) -> None:
        """An element starts inside a case. The first that says anything is heard."""
        if tag in self.hears and not "".join(self._why).strip():
            self.start_listening()

    def begin_case(self, attributes: Mapping[str, str], outcome: TestOutcome) -> None:
        """A case in the words of JUnit XML, and how it ended."""
        if self._outcome is not None:
            raise MalformedTestReport("It has a test case inside a test case.")
        super().opened("testcase", attributes)
        self._outcome, self._why, self._why_length = outcome, [], 0

    def end_case(self) -> None:
        """The case that is open is over."""
        self.stop_listening()
        element = _ELEMENTS.get(self._outcome or "passed")
        if element is not None:
            super().opened(element, {"message": "".join(self._why)})
            super().closed(element)
        super().closed("testcase")
        self._outcome = None


class NUnitReader(DotnetReader):
    """NUnit 2 (``test-results``) and 3 (``test-run``)."""

    report_format: ClassVar[TestReportFormat] = "nunit"

    def opened(self, tag: str, attributes: Mapping[str, str]) -> None:
        """See XmlReader."""
        if tag == "test-case":
            self.begin_case(_nunit_case(attributes), _nunit_outcome(attributes))
        elif self._outcome is not None:
            self.hear(tag)
        elif tag == "test-suite":
            super().opened("testsuite", {"name": _assembly(attributes.get("name", "")), "time": _seconds(attributes)})
        elif tag == "test-run":
            super().opened("testsuites", {"time": _seconds(attributes), "timestamp": attributes.get("start-time", "")})
        elif tag == "test-results":  # its "time" is one of day
            stamp = f"{attributes.get('date', '')}T{attributes.get('time', '')}"
            super().opened("testsuites", {"timestamp": stamp})

    def closed(self, tag: str) -> None:
        """See XmlReader."""
        if tag == "test-case":
            self.end_case()
        elif self._outcome is not None:
            self.stop_listening()
        elif tag == "test-suite":
            super().closed("testsuite")


class XUnitReader(DotnetReader):
    """xUnit.net: ``assemblies``, or one ``assembly``. Collections are no suites: many have a random name."""

    report_format: ClassVar[TestReportFormat] = "xunit"

    def opened(self, tag: str, attributes: Mapping[str, str]) -> None:
        """See XmlReader."""
        if tag == "test":
            class_name = attributes.get("type", "")
            name = attributes.get("name", "").removeprefix(f"{class_name}.")
            case = {"name": name, "classname": class_name, "time": attributes.get("time", "")}
            self.begin_case(case, _XUNIT.get(attributes.get("result", "").lower(), "skipped"))
        elif tag == "error" and self._outcome is None:
            self.begin_case({"name": SUITE_CASE, "classname": attributes.get("name", "")}, "error")
        elif self._outcome is not None:
            self.hear(tag)
        elif tag == "assembly":
            stamp = attributes.get("start-rtf") or f"{attributes.get('run-date', '')}T{attributes.get('run-time', '')}"
            name = _assembly(attributes.get("name", ""))
            super().opened("testsuite", {"name": name, "time": attributes.get("time", ""), "timestamp": stamp})
        elif tag == "assemblies":
            super().opened("testsuites", {"timestamp": attributes.get("start-rtf", "")})

    def closed(self, tag: str) -> None:
        """See XmlReader."""
        if tag in {"test", "error"}:
            self.end_case()
        elif self._outcome is not None:
            self.stop_listening()
        elif tag == "assembly":
            super().closed("testsuite")


class _TrxResult(NamedTuple):
    test: str
    name: str
    seconds: str
    outcome: TestOutcome
    message: str


class _TrxTest(NamedTuple):
    class_name: str
    assembly: str


class TrxReader(DotnetReader):
    """``TestRun`` of MSTest, vstest and the Microsoft testing platform."""

    report_format: ClassVar[TestReportFormat] = "trx"
    hears: ClassVar[frozenset[str]] = frozenset({"Message", "Text"})

    def __init__(self) -> None:
        super().__init__()
        self._open: list[Mapping[str, str]] = []
        """Results that are open: those of a data-driven test are inside of its own."""
        self._has_inner = False
        self._results: list[_TrxResult] = []
        self._tests: dict[str, _TrxTest] = {}
        self._test = ""
        self._times: Mapping[str, str] = {}
        self._trouble: str | None = None
        """What the runner itself reports as an error, the first time."""

    def opened(self, tag: str, attributes: Mapping[str, str]) -> None:
        """See XmlReader."""
        if tag == "UnitTestResult" or (tag == "RunInfo" and attributes.get("outcome") == "Error"):
            self._open.append(attributes)
            self._has_inner, self._why, self._why_length = False, [], 0
        elif self._open:
            self.hear(tag)
        elif tag == "UnitTest":
            self._test = attributes.get("id", "")
        elif tag == "TestMethod":
            self._tests[self._test] = _TrxTest(
                class_name=attributes.get("className", "").split(", ", 1)[0],
                assembly=_assembly(attributes.get("codeBase", "")),
            )
        elif tag == "Times":
            self._times = attributes

    def closed(self, tag: str) -> None:
        """See XmlReader."""
        if tag == "TestRun":
            self._tell()
        elif self._open:
            self.stop_listening()
            if tag == "UnitTestResult":
                self._end_result(self._open.pop())
            elif tag == "RunInfo":
                self._open.pop()
                self._trouble = self._trouble or "".join(self._why)[:HEARD_LENGTH]

    def _end_result(self, result: Mapping[str, str]) -> None:
        if not self._has_inner:  # else it only sums up those inside of it
            self._results.append(
                _TrxResult(
                    test=result.get("testId", ""),
                    name=result.get("testName", ""),
                    seconds=_timespan_seconds(result.get("duration", "")),
                    outcome=_TRX.get(result.get("outcome", "").lower(), "skipped"),
                    message="".join(self._why)[:HEARD_LENGTH],
                )
            )
            if len(self._results) > MAX_TRX_RESULTS:
                raise MalformedTestReport(f"It has more than {MAX_TRX_RESULTS:,} results.")
        self._has_inner = bool(self._open)

    def _tell(self) -> None:
        """All that was read, one suite per assembly."""
        start, finish = (instant(self._times.get(name, "")) for name in ("start", "finish"))
        super().opened(
            "testsuites", {"time": _seconds_between(start, finish), "timestamp": self._times.get("start", "")}
        )
        unknown = _TrxTest(class_name="", assembly="")
        by_assembly: dict[str, list[_TrxResult]] = {}
        for result in self._results:
            by_assembly.setdefault(self._tests.get(result.test, unknown).assembly, []).append(result)
        for assembly, results in by_assembly.items():
            super().opened("testsuite", {"name": assembly})
            for result in results:
                class_name = self._tests.get(result.test, unknown).class_name
                name = result.name.removeprefix(f"{class_name}.")
                self.begin_case({"name": name, "classname": class_name, "time": result.seconds}, result.outcome)
                self._why = [result.message]
                self.end_case()
            super().closed("testsuite")
        if self._trouble and not any(result.outcome in {"failed", "error"} for result in self._results):
            # A host that crashed. Adapters repeat each failed test here too, which would count it twice.
            self.begin_case({"name": SUITE_CASE}, "error")
            self._why = [self._trouble]
            self.end_case()


READERS: Final[Mapping[str, type[DotnetReader]]] = {
    "test-run": NUnitReader,
    "test-results": NUnitReader,
    "test-suite": NUnitReader,
    "assemblies": XUnitReader,
    "assembly": XUnitReader,
    "TestRun": TrxReader,
}
"""Who reads a report, by its root element."""


def _nunit_case(attributes: Mapping[str, str]) -> Mapping[str, str]:
    """NUnit 2 knows only the full name: the class ends at the last dot before the arguments."""
    name = attributes.get("name", "")
    class_name = attributes.get("classname", "")
    if not class_name and "methodname" not in attributes:
        class_name, _, method = name.partition("(")[0].rpartition(".")
        name = name.removeprefix(f"{class_name}.") if method else name
    return {"name": name, "classname": class_name, "time": _seconds(attributes)}


def _nunit_outcome(attributes: Mapping[str, str]) -> TestOutcome:
    """NUnit 3 calls an error a failure and labels it; before 2.5 there was no result, only two flags."""
    outcome = _NUNIT.get(attributes.get("result", "").lower())
    if outcome == "failed" and attributes.get("label", "").lower() in {"error", "invalid", "cancelled"}:
        return "error"
    if outcome is not None:
        return outcome
    if attributes.get("executed", "").lower() == "false":
        return "skipped"
    return "failed" if attributes.get("success", "").lower() == "false" else "passed"


def _seconds(attributes: Mapping[str, str]) -> str:
    return attributes.get("duration") or attributes.get("time") or ""


def _assembly(path: str) -> str:
    """The file's name: where it was built says nothing about the test, and differs between runners."""
    return _ASSEMBLY.sub("", path) if path.lower().endswith((".dll", ".exe")) else path


def _timespan_seconds(text: str) -> str:
    match = _TIMESPAN.fullmatch(text)
    if match is None:
        return ""
    days, hours, minutes, seconds = match.groups()
    return str((int(days or 0) * 24 + int(hours)) * 3600 + int(minutes) * 60 + float(seconds))


def _seconds_between(start: datetime | None, finish: datetime | None) -> str:
    return str((finish - start).total_seconds()) if start and finish else ""
