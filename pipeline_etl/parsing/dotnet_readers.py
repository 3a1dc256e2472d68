"""Reports of .NET test runners: NUnit 2 and 3, and xUnit.net 1 to 3; ``trx_reader.py`` has that of Visual Studio.

Each says what JUnit XML says in words of its own. So each is read by telling the reader of JUnit XML what it would
have seen: its bounds, columns and rules for retries hold here too.
"""

import re
from collections.abc import Mapping
from typing import ClassVar, Final

from pipeline_etl.contracts.vocabulary import TestOutcome, TestReportFormat
from pipeline_etl.errors import MalformedTestReport
from pipeline_etl.parsing.junit_columns import SUITE_CASE
from pipeline_etl.parsing.junit_reader import HEARD_LENGTH, JUnitReader

_ELEMENTS: Final[Mapping[TestOutcome, str]] = {"failed": "failure", "error": "error", "skipped": "skipped"}
_FOLDER: Final = re.compile(r".*[\\/]", re.DOTALL)

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


class DotnetReader(JUnitReader):
    """What the readers share: a case says how it ended when it begins, and why inside."""

    is_of_cases: ClassVar[bool] = False
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
            super().opened(
                "testsuite", {"name": assembly_name(attributes.get("name", "")), "time": _seconds(attributes)}
            )
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
            name = assembly_name(attributes.get("name", ""))
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


def assembly_name(path: str) -> str:
    """The file's name: where it was built says nothing about the test, and differs between runners."""
    return _FOLDER.sub("", path) if path.lower().endswith((".dll", ".exe")) else path
