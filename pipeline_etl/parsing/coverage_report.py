"""Coverage reports: Cobertura, JaCoCo, Clover and lcov become one row per report and one per source file."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from pipeline_etl.contracts.tables import CoverageFiles, CoverageReports
from pipeline_etl.errors import MalformedCoverageReport
from pipeline_etl.parsing.coverage_lcov import read_lcov
from pipeline_etl.parsing.coverage_lines import Coverage
from pipeline_etl.parsing.coverage_xml import read_coverage_xml
from pipeline_etl.parsing.redaction import redact_lines
from pipeline_etl.parsing.timestamps import instant

_REPORT_SCHEMA: Final = {
    name: CoverageReports.create_empty().schema[name]
    for name in (
        "coverage_format",
        "covered_line_count",
        "valid_line_count",
        "covered_branch_count",
        "valid_branch_count",
        "reported_at",
    )
}
_FILE_SCHEMA: Final = {
    name: CoverageFiles.create_empty().schema[name]
    for name in ("file_path", "covered_line_count", "valid_line_count", "covered_lines", "missed_lines")
}


@dataclass(frozen=True)
class CoverageRows:
    """The rows of one report, without context columns."""

    report: pl.DataFrame
    """One row of CoverageReports."""
    files: pl.DataFrame
    """Rows of CoverageFiles, in the order of their paths."""


def parse_coverage_report(content: bytes, *, path: str) -> CoverageRows:
    """What a coverage report says, file by file.

    Counts are those of the lines listed, each line once; what the report sums up itself counts only where it lists
    none. A path is relative to the repository where the report tells where that is.

    Args:
        content: The report.
        path: Its path in the artifact, which tells lcov from text that is something else.

    Raises:
        MalformedCoverageReport: It is none of the four dialects, is cut off, declares entities, passes a cap, or says
            nothing of any line.
    """
    start = content[:1_024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"TN:", b"SF:")) or path.endswith((".info", ".lcov")):
        coverage = read_lcov(content.decode("utf-8-sig", errors="replace"))
    else:
        coverage = read_coverage_xml(content)
    return _rows(coverage)


def _rows(coverage: Coverage) -> CoverageRows:
    files = dict(sorted(coverage.files.items()))
    covered, missed = (
        [sorted(file.covered) for file in files.values()],
        [sorted(file.missed) for file in files.values()],
    )
    covered_count, missed_count = sum(map(len, covered)), sum(map(len, missed))
    lines = covered_count, covered_count + missed_count
    if not lines[1] and coverage.stated_lines and coverage.stated_lines[1]:
        # Only sums: what each file has is not known.
        lines, files, covered, missed = coverage.stated_lines, {}, [], []
    elif not files and coverage.stated_lines is None:
        raise MalformedCoverageReport("It has neither lines nor sums of them.")
    places = [place for file in files.values() for place in file.branches.values()]
    branches = (sum(taken for taken, _ in places), sum(valid for _, valid in places)) if places else None
    covered_branches, valid_branches = branches or coverage.stated_branches or (None, None)
    report = pl.DataFrame(
        [
            (
                coverage.coverage_format,
                *lines,
                covered_branches,
                valid_branches,
                instant(coverage.reported_at),
            )
        ],
        schema=_REPORT_SCHEMA,
        orient="row",
    )
    frame = pl.DataFrame(
        {
            "file_path": redact_lines(pl.Series(list(files), dtype=pl.String))[0],
            "covered_line_count": [len(numbers) for numbers in covered],
            "valid_line_count": [len(ran) + len(not_run) for ran, not_run in zip(covered, missed, strict=True)],
            "covered_lines": covered,
            "missed_lines": missed,
        },
        schema=_FILE_SCHEMA,
    )
    return CoverageRows(report=report, files=frame)
