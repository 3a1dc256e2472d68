"""Coverage in XML: Cobertura, JaCoCo and Clover, told apart by their first elements."""

import re
from collections.abc import Mapping
from typing import Final

from pipeline_etl.errors import MalformedCoverageReport
from pipeline_etl.parsing.coverage_lines import Coverage, FileCoverage, is_positive, stated, whole
from pipeline_etl.parsing.source_path import repository_path
from pipeline_etl.parsing.xml_events import XmlReader

_SOURCE_LENGTH: Final = 4_096
_CONDITIONS: Final = re.compile(r"\((\d{1,9})/(\d{1,9})\)")


def read_coverage_xml(content: bytes) -> Coverage:
    """What the report says.

    Raises:
        MalformedCoverageReport: It is none of the three, is cut off, declares entities, or a number in it is none.
    """
    reader = _CoverageReader()
    # All three are written with a document type that nobody needs to load.
    reader.read(content, error=MalformedCoverageReport, tolerates_doctype=True)
    if reader.coverage is None:
        raise MalformedCoverageReport("It has no root element.")
    return reader.coverage


class _Dialect:
    """One way of writing coverage in XML."""

    coverage: Coverage

    def opened(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element below the root starts."""

    def closed(self, tag: str) -> None:
        """An element ends."""

    def source(self, folder: str) -> None:
        """The text of a ``source`` element: a folder that paths are relative to."""


class _CoverageReader(XmlReader):
    """Finds the dialect by the root element and lets it read the rest."""

    def __init__(self) -> None:
        self.coverage: Coverage | None = None
        self._dialect: _Dialect | None = None
        self._text = ""

    def opened(self, tag: str, attributes: Mapping[str, str]) -> None:
        """See XmlReader."""
        if self._dialect is None:
            self._dialect = _dialect(tag, attributes)
            self.coverage = self._dialect.coverage
            return
        if tag == "source":
            self._text = ""
            self.start_listening()
        self._dialect.opened(tag, attributes)

    def closed(self, tag: str) -> None:
        """See XmlReader."""
        if self._dialect is None:
            return
        if tag == "source":
            self.stop_listening()
            self._dialect.source(self._text.strip())
        else:
            self._dialect.closed(tag)

    def said(self, text: str) -> None:
        """See XmlReader."""
        self._text = (self._text + text)[:_SOURCE_LENGTH]


class _Cobertura(_Dialect):
    """Lines belong to the class around them; several classes may be in one file, and a line in several of them.

    Lines of methods count only where the class has none of its own: istanbul lists there where a function is declared,
    which is no statement.
    """

    def __init__(self, root: Mapping[str, str]) -> None:
        self.coverage = Coverage("cobertura")
        self.coverage.reported_at = root.get("timestamp")
        self.coverage.stated_lines = stated(root.get("lines-covered"), root.get("lines-valid"))
        self.coverage.stated_branches = stated(root.get("branches-covered"), root.get("branches-valid"))
        self._sources: list[str] = []
        self._file: FileCoverage | None = None
        self._is_in_method = False
        self._lines: dict[bool, list[Mapping[str, str]]] = {True: [], False: []}
        """Lines of the class, by whether a method lists them."""

    def opened(self, tag: str, attributes: Mapping[str, str]) -> None:
        """See _Dialect."""
        if tag == "line" and self._file is not None:
            self.coverage.count_entry()
            self._lines[self._is_in_method].append(attributes)
        elif tag == "method":
            self._is_in_method = True
        elif tag == "class" and "filename" in attributes:
            self._file = self.coverage.file(self._path(attributes["filename"]))

    def closed(self, tag: str) -> None:
        """See _Dialect."""
        if tag == "method":
            self._is_in_method = False
        elif tag == "class" and self._file is not None:
            for line in self._lines[False] or self._lines[True]:
                self._read_line(line, self._file)
            self._lines = {True: [], False: []}
            self._file = None

    def source(self, folder: str) -> None:
        """See _Dialect."""
        self._sources.append(folder)

    def _read_line(self, line: Mapping[str, str], file: FileCoverage) -> None:
        number = whole(line.get("number"), what="line number")
        file.line(number, is_covered=is_positive(line.get("hits")))
        conditions = _CONDITIONS.search(line.get("condition-coverage", ""))
        if conditions:
            file.branch(number, covered=int(conditions[1]), valid=int(conditions[2]))

    def _path(self, name: str) -> str:
        # With several roots nothing tells which one a file is under.
        return repository_path(name, folder=self._sources[0] if len(self._sources) == 1 else "")


class _JaCoCo(_Dialect):
    """Lines belong to the source file around them, which belongs to a package."""

    def __init__(self) -> None:
        self.coverage = Coverage("jacoco")
        self._package = ""
        self._file: FileCoverage | None = None
        self._open_count = 0

    def opened(self, tag: str, attributes: Mapping[str, str]) -> None:
        """See _Dialect."""
        if tag == "line" and self._file is not None:
            self.coverage.count_entry()
            number = whole(attributes.get("nr"), what="line number")
            self._file.line(number, is_covered=is_positive(attributes.get("ci")))
            covered = whole(attributes.get("cb", "0"), what="count")
            missed = whole(attributes.get("mb", "0"), what="count")
            if covered + missed:
                self._file.branch(number, covered=covered, valid=covered + missed)
        elif tag == "sourcefile":
            self._file = self.coverage.file(repository_path(attributes.get("name", ""), folder=self._package))
        elif tag in ("class", "package", "group"):
            self._open_count += 1
            if tag == "package":
                self._package = attributes.get("name", "")
        elif tag == "sessioninfo":
            self.coverage.reported_at = attributes.get("dump")
        elif tag == "counter":
            self._read_counter(attributes)

    def closed(self, tag: str) -> None:
        """See _Dialect."""
        if tag == "sourcefile":
            self._file = None
        elif tag in ("class", "package", "group"):
            self._open_count -= 1

    def _read_counter(self, counter: Mapping[str, str]) -> None:
        """Sums of the whole report count where the report leaves the lines out."""
        if self._open_count or self._file is not None:
            return
        covered, missed = (whole(counter.get(key), what="count") for key in ("covered", "missed"))
        if counter.get("type") == "LINE":
            self.coverage.stated_lines = covered, covered + missed
        elif counter.get("type") == "BRANCH":
            self.coverage.stated_branches = covered, covered + missed


class _Clover(_Dialect):
    """Lines belong to the file around them; a line may be there as a method, a statement and a condition."""

    def __init__(self, root: Mapping[str, str]) -> None:
        self.coverage = Coverage("clover")
        self.coverage.reported_at = root.get("generated")
        self._file: FileCoverage | None = None
        self._is_test_code = False

    def opened(self, tag: str, attributes: Mapping[str, str]) -> None:
        """See _Dialect."""
        if tag == "testproject":
            self._is_test_code = True
        if self._is_test_code:
            return
        if tag == "line" and self._file is not None:
            self._read_line(attributes, self._file)
        elif tag == "file":
            path = attributes.get("path") or attributes.get("name", "")
            self._file = self.coverage.file(repository_path(path))
        elif tag == "metrics" and self.coverage.stated_lines is None:
            # The first metrics are those of the project.
            self.coverage.stated_lines = stated(attributes.get("coveredstatements"), attributes.get("statements"))
            self.coverage.stated_branches = stated(
                attributes.get("coveredconditionals"), attributes.get("conditionals")
            )

    def closed(self, tag: str) -> None:
        """See _Dialect."""
        if tag == "testproject":
            self._is_test_code = False
        elif tag == "file":
            self._file = None

    def _read_line(self, line: Mapping[str, str], file: FileCoverage) -> None:
        self.coverage.count_entry()
        number = whole(line.get("num"), what="line number")
        ways = [is_positive(line[key]) for key in ("truecount", "falsecount") if key in line]
        file.line(number, is_covered=any(ways) or is_positive(line.get("count", "0")))
        if len(ways) == 2:
            file.branch(number, covered=sum(ways), valid=2)


def _dialect(root: str, attributes: Mapping[str, str]) -> _Dialect:
    if root == "report":
        return _JaCoCo()
    if root == "coverage":
        return _Clover(attributes) if "clover" in attributes or "generated" in attributes else _Cobertura(attributes)
    raise MalformedCoverageReport(f"Its root element is <{root[:100]}>, not <coverage> or <report>.")
