"""Which reports there are, how they read the marts, and how they are written."""

import math
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import duckdb

from pipeline_etl.errors import ReportError
from pipeline_etl.reports import html, json, markdown
from pipeline_etl.reports.content import Part, ReportContent, SectionContent
from pipeline_etl.reports.section import MATCHING, Repository, Row, Rows, Section
from pipeline_etl.reports.sections import (
    bottlenecks,
    caches,
    completeness,
    coverage,
    critical_path,
    flaky_history,
    flaky_tests,
    headlines,
    pipelines,
    problems,
    waits,
    weekly_trends,
)

SECTIONS: Final[tuple[Section, ...]] = (
    coverage.SECTION,
    headlines.SECTION,
    pipelines.SECTION,
    critical_path.SECTION,
    waits.SECTION,
    bottlenecks.SECTION,
    flaky_tests.SECTION,
    flaky_history.SECTION,
    caches.SECTION,
    weekly_trends.SECTION,
    completeness.SECTION,
    problems.SECTION,
)
"""Every section, in the order of the full report."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """A named choice of sections; the name is the stem of the files."""

    name: str
    title: str
    sections: tuple[Section, ...]


PIPELINE_REPORT: Final = Report(name="pipeline-report", title="CI pipeline report", sections=SECTIONS)
REPORTS: Final[Mapping[str, Report]] = {"generate-pipeline-report": PIPELINE_REPORT}
"""Make target → report."""

REPOSITORY_READS: Final[Mapping[str, Sequence[str]]] = {
    "dim_repositories": (
        "provider",
        "repository_id",
        "repository_name",
        "repository_url",
        "is_recorded_archive",
        "archive_note",
        "as_of_at",
        "first_run_at",
        "last_run_at",
    ),
    "fct_run_attempts": ("provider", "repository_id", "run_id", "created_at", "is_headline"),
    "fct_jobs": ("provider", "repository_id", "is_executed", "has_log"),
    "fct_test_executions": ("provider", "repository_id"),
    "fct_test_flakiness": ("provider", "repository_id", "is_current", "flakiness_class"),
    "fct_cache_effectiveness": ("provider", "repository_id", "period_kind", "lookup_count"),
}
"""Mart → columns that the first screen reads."""

DECIMALS: Final = 6
"""Parallel sums differ in the last bits from run to run; a millionth of a second or of a share is none."""

WRITERS: Final = {"html": html.rendered, "md": markdown.rendered, "json": json.rendered}
"""Suffix → what turns content into text."""


@dataclass(frozen=True, kw_only=True)
class WrittenReport:
    """The files of a report, and how many rows each section found."""

    paths: tuple[Path, ...]
    section_row_counts: Mapping[str, int]
    content: ReportContent


def write_report(
    connection: duckdb.DuckDBPyConnection,
    *,
    out_dir: Path,
    is_sample: bool = False,
    report: Report = PIPELINE_REPORT,
) -> WrittenReport:
    """Write ``<name>.html``, ``.md`` and ``.json`` into ``out_dir`` from the marts of an open warehouse.

    The same marts give the same bytes. Each file takes its place whole. Raises ReportError when a mart is missing.
    """
    content = read_content(connection, report=report, is_sample=is_sample)
    out_dir.mkdir(parents=True, exist_ok=True)
    return WrittenReport(
        paths=tuple(
            _written(out_dir / f"{report.name}.{suffix}", rendered(content)) for suffix, rendered in WRITERS.items()
        ),
        section_row_counts={
            part.section.name: sum(len(of_repository.rows) for of_repository in part.parts) for part in content.sections
        },
        content=content,
    )


def read_content(
    connection: duckdb.DuckDBPyConnection, *, report: Report = PIPELINE_REPORT, is_sample: bool = False
) -> ReportContent:
    """Ask every section's question of the marts. Raises ReportError when a mart or column is missing."""
    with connection.cursor() as cursor:
        # A warehouse may be opened by anyone; a report never depends on the time zone of their session.
        cursor.execute("set TimeZone = 'UTC'")
        query = files("pipeline_etl.reports").joinpath("repositories.sql").read_text(encoding="utf-8")
        repositories = [Repository(**row) for row in _answer(cursor, query, asked_by="the first screen")]
        return ReportContent(
            name=report.name,
            title=report.title,
            is_sample=is_sample,
            as_of_at=max((known.as_of_at for known in repositories if known.as_of_at), default=None),
            repositories=repositories,
            sections=[_asked(section, cursor, repositories) for section in report.sections],
        )


def _asked(section: Section, cursor: duckdb.DuckDBPyConnection, repositories: Sequence[Repository]) -> SectionContent:
    by_repository: dict[int, list[Row]] = defaultdict(list)
    matching: dict[int, int] = {}
    for row in _answer(cursor, section.query, asked_by=f"section {section.name}"):
        repository_id = row.pop("repository_id")
        matching[repository_id] = row.pop(MATCHING)
        by_repository[repository_id].append(row)
    return SectionContent(
        section=section,
        parts=[
            _part(section, by_repository[known.repository_id], known, matching.get(known.repository_id, 0))
            for known in repositories
        ],
    )


def _part(section: Section, rows: Rows, repository: Repository, matching_count: int) -> Part:
    shown_rows = rows[: section.shown_row_count]
    return Part(
        repository=repository,
        advice=section.advise(rows, repository),
        rows=rows,
        charts=section.draw(rows) if rows else (),
        tiles=section.tiles(rows),
        shown_rows=shown_rows,
        hidden_count=matching_count - len(shown_rows),
    )


def _answer(cursor: duckdb.DuckDBPyConnection, query: str, *, asked_by: str) -> list[dict[str, Any]]:
    try:
        cursor.execute(query)
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise ReportError(f"the marts do not hold what {asked_by} reads: {error}") from error
    names = [column[0] for column in cursor.description or ()]
    return [{name: _settled(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]


def _settled(value: Any) -> Any:
    """The value with the bits that parallel sums leave to chance cut off; what is no number is unknown."""
    if isinstance(value, float):
        return round(value, DECIMALS) if math.isfinite(value) else None
    return value


def _written(path: Path, text: str) -> Path:
    half = path.with_name(f".{path.name}.half")
    half.write_text(text, encoding="utf-8", newline="\n")
    os.replace(half, path)  # noqa: PTH105 - Path.replace says nothing of atomicity
    return path
