"""Every stored table, declared once: columns, types, keys and meanings.

Parquet files, DuckDB tables, dbt sources, asset descriptions and docs/tables.md are rendered from or checked against
these schemas (``render.py``); nothing else says what a column is.
"""

from typing import Final

import dataframely as dy

from pipeline_etl.contracts.tables.bookkeeping import ExtractionProblems, LedgerEntries, PageValidators, Payloads, Syncs
from pipeline_etl.contracts.tables.logs import (
    ArtifactUploads,
    BuildCacheSummaries,
    CacheOperations,
    DependencyInstalls,
    JobLogs,
    LogFindings,
    LogLines,
)
from pipeline_etl.contracts.tables.pipeline import (
    Annotations,
    Artifacts,
    CacheEntries,
    Jobs,
    Repositories,
    RunAttempts,
    Steps,
    WorkflowFiles,
    WorkflowFileVersions,
    WorkflowJobs,
    Workflows,
)
from pipeline_etl.contracts.tables.reports import (
    CoverageFiles,
    CoverageReports,
    TelemetrySamples,
    TestReports,
    TestResults,
)

Table = type[dy.Schema]
"""A declared table."""

TABLES: Final[tuple[Table, ...]] = (
    Repositories,
    Workflows,
    WorkflowFileVersions,
    WorkflowFiles,
    WorkflowJobs,
    RunAttempts,
    Jobs,
    Steps,
    Annotations,
    Artifacts,
    CacheEntries,
    JobLogs,
    LogLines,
    CacheOperations,
    BuildCacheSummaries,
    DependencyInstalls,
    LogFindings,
    ArtifactUploads,
    TestReports,
    TestResults,
    CoverageReports,
    CoverageFiles,
    TelemetrySamples,
    Syncs,
    LedgerEntries,
    ExtractionProblems,
    PageValidators,
    Payloads,
)

LAKE_ONLY: Final[frozenset[Table]] = frozenset({LogLines, PageValidators, Payloads})
"""Tables that are not copied into the warehouse file; log_lines is a view over the lake there."""


def table_name(table: Table) -> str:
    """The table's name: its class name in snake case, as in run_attempts."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in table.__name__).lstrip("_")


def grain(table: Table) -> str:
    """What one row is: the first paragraph of the declaration."""
    return (table.__doc__ or "").split("\n\n")[0].strip()


__all__ = [
    "LAKE_ONLY",
    "TABLES",
    "Annotations",
    "ArtifactUploads",
    "Artifacts",
    "BuildCacheSummaries",
    "CacheEntries",
    "CacheOperations",
    "CoverageFiles",
    "CoverageReports",
    "DependencyInstalls",
    "ExtractionProblems",
    "JobLogs",
    "Jobs",
    "LedgerEntries",
    "LogFindings",
    "LogLines",
    "PageValidators",
    "Payloads",
    "Repositories",
    "RunAttempts",
    "Steps",
    "Syncs",
    "Table",
    "TelemetrySamples",
    "TestReports",
    "TestResults",
    "WorkflowFileVersions",
    "WorkflowFiles",
    "WorkflowJobs",
    "Workflows",
    "grain",
    "table_name",
]
