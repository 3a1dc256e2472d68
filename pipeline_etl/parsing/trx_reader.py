"""trx: test reports of MSTest, vstest and the Microsoft testing platform."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Final, NamedTuple

from pipeline_etl.contracts.vocabulary import TestOutcome, TestReportFormat
from pipeline_etl.errors import MalformedTestReport
from pipeline_etl.parsing.dotnet_readers import DotnetReader, assembly_name
from pipeline_etl.parsing.junit_columns import SUITE_CASE
from pipeline_etl.parsing.junit_reader import HEARD_LENGTH
from pipeline_etl.parsing.timestamps import instant

MAX_RESULTS: Final = 200_000
"""Results in one report: it may define its tests after their results, which wait in memory until then."""

_TIMESPAN: Final = re.compile(r"(?:(\d{1,4})\.)?(\d{1,2}):(\d{2}):(\d{2}(?:\.\d{1,9})?)")
_OUTCOMES: Final[Mapping[str, TestOutcome]] = {
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


class _Result(NamedTuple):
    test: str
    name: str
    seconds: str
    outcome: TestOutcome
    message: str


class _Test(NamedTuple):
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
        self._results: list[_Result] = []
        self._tests: dict[str, _Test] = {}
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
            self._tests[self._test] = _Test(
                class_name=attributes.get("className", "").split(", ", 1)[0],
                assembly=assembly_name(attributes.get("codeBase", "")),
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
                _Result(
                    test=result.get("testId", ""),
                    name=result.get("testName", ""),
                    seconds=_timespan_seconds(result.get("duration", "")),
                    outcome=_OUTCOMES.get(result.get("outcome", "").lower(), "skipped"),
                    message="".join(self._why)[:HEARD_LENGTH],
                )
            )
            if len(self._results) > MAX_RESULTS:
                raise MalformedTestReport(f"It has more than {MAX_RESULTS:,} results.")
        self._has_inner = bool(self._open)

    def _tell(self) -> None:
        """All that was read, one suite per assembly."""
        start, finish = (instant(self._times.get(name, "")) for name in ("start", "finish"))
        super().opened(
            "testsuites", {"time": _seconds_between(start, finish), "timestamp": self._times.get("start", "")}
        )
        unknown = _Test(class_name="", assembly="")
        by_assembly: dict[str, list[_Result]] = {}
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


def _timespan_seconds(text: str) -> str:
    match = _TIMESPAN.fullmatch(text)
    if match is None:
        return ""
    days, hours, minutes, seconds = match.groups()
    return str((int(days or 0) * 24 + int(hours)) * 3600 + int(minutes) * 60 + float(seconds))


def _seconds_between(start: datetime | None, finish: datetime | None) -> str:
    return str((finish - start).total_seconds()) if start and finish else ""
