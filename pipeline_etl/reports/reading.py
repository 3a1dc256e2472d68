"""Asks the marts what a report wants to know: the only place of a report that sees a database."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from importlib.resources import files
from typing import Any, Final

import duckdb

from pipeline_etl.errors import ReportError
from pipeline_etl.reports.content import Part, ReportContent, SectionContent
from pipeline_etl.reports.narrowing import (
    NOT_NARROWED,
    Columns,
    Narrowing,
    columns_of_marts,
    known_name,
    make_narrowed,
    narrow,
    narrowed_query,
    possible,
    whole_reason,
)
from pipeline_etl.reports.report import PIPELINE_REPORT, Report
from pipeline_etl.reports.section import MATCHING, Repository, Row, Rows, Section

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


WORKFLOW_READS: Final[Mapping[str, Sequence[str]]] = {"dim_workflows": ("repository_id", "workflow_name")}
"""Mart → columns that tell which workflows there are to narrow a report to."""


def read_content(
    connection: duckdb.DuckDBPyConnection,
    *,
    report: Report = PIPELINE_REPORT,
    is_sample: bool = False,
    narrowing: Narrowing = NOT_NARROWED,
) -> ReportContent:
    """Ask every section's question of the marts.

    Raises:
        ReportError: A mart or column is missing.
        UnknownName: There is no repository or workflow of the name the report is narrowed to.
    """
    with connection.cursor() as cursor:
        # A warehouse may be opened by anyone; a report never depends on the time zone of their session.
        cursor.execute("set TimeZone = 'UTC'")
        query = files("pipeline_etl.reports").joinpath("repositories.sql").read_text(encoding="utf-8")
        known = [Repository(**row) for row in _answer(cursor, query, asked_by="the first screen")]
        columns = columns_of_marts(cursor)
        settled, repositories = _settled_narrowing(cursor, narrowing, known)
        make_narrowed(cursor, columns)
        return ReportContent(
            name=report.name,
            title=report.title,
            is_sample=is_sample,
            as_of_at=max((repository.as_of_at for repository in repositories if repository.as_of_at), default=None),
            repositories=repositories,
            sections=[_asked(section, cursor, repositories, settled, columns) for section in report.sections],
            narrowing=settled,
        )


def _settled_narrowing(
    cursor: duckdb.DuckDBPyConnection, narrowing: Narrowing, known: Sequence[Repository]
) -> tuple[Narrowing, list[Repository]]:
    """The narrowing by names as they are written, and the repositories that are left."""
    repositories = list(known)
    repository_name = workflow_name = None
    if narrowing.repository_name:
        repository_name = known_name("repository", narrowing.repository_name, [one.repository_name for one in known])
        repositories = [one for one in known if one.repository_name == repository_name]
    if narrowing.workflow_name:
        ids = {one.repository_id for one in repositories}
        rows = _answer(cursor, "select repository_id, workflow_name from marts.dim_workflows", asked_by="the narrowing")
        names = sorted({row["workflow_name"] for row in rows if row["repository_id"] in ids and row["workflow_name"]})
        workflow_name = known_name("workflow", narrowing.workflow_name, names)
    return Narrowing(repository_name=repository_name, workflow_name=workflow_name, since=narrowing.since), repositories


def _asked(
    section: Section,
    cursor: duckdb.DuckDBPyConnection,
    repositories: Sequence[Repository],
    narrowing: Narrowing,
    columns: Columns,
) -> SectionContent:
    followed = possible(section, narrowing, columns)
    is_narrowed = bool(followed.workflow_name or followed.since)
    narrow(cursor, followed)
    query = narrowed_query(section, columns) if is_narrowed else section.query
    by_repository: dict[int, list[Row]] = defaultdict(list)
    matching: dict[int, int] = {}
    for row in _answer(cursor, query, asked_by=f"section {section.name}"):
        repository_id = row.pop("repository_id")
        matching[repository_id] = row.pop(MATCHING)
        by_repository[repository_id].append(row)
    return SectionContent(
        section=section,
        parts=[
            _part(
                section,
                by_repository[known.repository_id],
                known,
                matching_count=matching.get(known.repository_id, 0),
                emptied_by=followed if is_narrowed and not by_repository[known.repository_id] else NOT_NARROWED,
            )
            for known in repositories
        ],
        whole_reason=whole_reason(narrowing, followed),
    )


def _part(section: Section, rows: Rows, repository: Repository, *, matching_count: int, emptied_by: Narrowing) -> Part:
    shown_rows = rows[: section.shown_row_count]
    is_emptied = emptied_by != NOT_NARROWED
    return Part(
        section=section,
        repository=repository,
        advice=f"Nothing is known here of {emptied_by.words}." if is_emptied else section.advise(rows, repository),
        rows=rows,
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
    """The value with the bits that parallel sums leave to chance cut off; what is no number is unknown.

    Money has six decimals, which a float of any sum under a billion dollars keeps.
    """
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float):
        return round(value, DECIMALS) if math.isfinite(value) else None
    return value
