"""Coverage in the text format of lcov (geninfo(1)): ``SF:`` begins a file, ``DA:line,hits`` is a line."""

import io
from typing import Final

from pipeline_etl.errors import MalformedCoverageReport
from pipeline_etl.parsing.coverage_lines import Coverage, FileCoverage, is_positive, whole
from pipeline_etl.parsing.source_path import repository_path

MAX_LINE_LENGTH: Final = 100_000


def read_lcov(text: str) -> Coverage:
    """What the report says. Records of one file, as one per test suite, are taken together.

    Raises:
        MalformedCoverageReport: It ends inside a record, or a number in it is none.
    """
    coverage = Coverage("lcov")
    file: FileCoverage | None = None
    for line in io.StringIO(text, newline=None):
        key, _, value = line[:MAX_LINE_LENGTH].strip().partition(":")
        if key == "SF":
            file = coverage.file(repository_path(value))
        elif key == "end_of_record":
            file = None
        elif file is not None and key == "DA":
            number, hits = _fields(line, value, count=2)
            coverage.count_entry()
            file.line(whole(number, what="line number"), is_covered=is_positive(hits))
        elif file is not None and key == "BRDA":
            number, block, branch, taken = _fields(line, value, count=4)
            coverage.count_entry()
            is_taken = taken != "-" and is_positive(taken)  # `-`: the line was never reached
            file.branch((number, block, branch), covered=int(is_taken), valid=1)
    if file is not None:
        raise MalformedCoverageReport("It ends in the middle of a file's record.")
    return coverage


def _fields(line: str, value: str, *, count: int) -> list[str]:
    fields = value.split(",")
    if len(fields) < count:
        raise MalformedCoverageReport(f"The line {line[:60]!r} has too few fields.")
    return fields[:count]
