"""What the assets are called, and which table of the lake is read with the help of which other."""

from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import Final

import dagster as dg

from pipeline_etl.contracts.render import duckdb_type
from pipeline_etl.contracts.tables import (
    Annotations,
    Artifacts,
    ArtifactUploads,
    BuildCacheSummaries,
    CacheEntries,
    CacheOperations,
    CoverageFiles,
    CoverageReports,
    DependencyInstalls,
    ExtractionProblems,
    JobLogs,
    Jobs,
    LedgerEntries,
    LogFindings,
    LogLines,
    PageValidators,
    Payloads,
    Repositories,
    RunAttempts,
    Steps,
    Syncs,
    Table,
    TelemetrySamples,
    TestReports,
    TestResults,
    WorkflowFiles,
    WorkflowFileVersions,
    WorkflowJobs,
    Workflows,
    table_name,
)

PUBLISHED: Final = dg.AssetKey(["warehouse", "published"])
REPORT: Final = dg.AssetKey(["report", "pipeline_report"])

READ_FROM: Final[Mapping[Table, tuple[Table, ...]]] = {
    Repositories: (),
    Workflows: (Repositories,),
    CacheEntries: (Repositories,),
    RunAttempts: (Repositories,),
    Artifacts: (Repositories,),
    WorkflowFileVersions: (RunAttempts,),
    WorkflowFiles: (WorkflowFileVersions,),
    WorkflowJobs: (WorkflowFileVersions,),
    Jobs: (RunAttempts,),
    Steps: (Jobs,),
    Annotations: (Jobs,),
    JobLogs: (Jobs,),
    LogLines: (JobLogs,),
    CacheOperations: (JobLogs,),
    BuildCacheSummaries: (JobLogs,),
    DependencyInstalls: (JobLogs,),
    LogFindings: (JobLogs,),
    ArtifactUploads: (JobLogs,),
    TestReports: (Artifacts,),
    TestResults: (TestReports,),
    CoverageReports: (Artifacts,),
    CoverageFiles: (CoverageReports,),
    TelemetrySamples: (Artifacts,),
    Payloads: (RunAttempts, Jobs),
    ExtractionProblems: (RunAttempts, JobLogs, Artifacts),
    LedgerEntries: (RunAttempts, JobLogs, Artifacts),
    PageValidators: (RunAttempts, Artifacts),
    Syncs: (LedgerEntries, PageValidators),
}
"""Which table of the lake is asked for with ids from which other: the lineage inside the extraction."""


READ_ORDER: Final = tuple(TopologicalSorter(READ_FROM).static_order())
"""Every table, each after those it is read with."""


def lake_key(table: Table) -> dg.AssetKey:
    """The asset of a table in the lake."""
    return dg.AssetKey(["lake", table_name(table)])


def raw_key(table: Table) -> dg.AssetKey:
    """The asset of a table in the warehouse: the key the dbt adapter gives the source of that name."""
    return dg.AssetKey(["raw", table_name(table)])


def column_schema(table: Table) -> dg.TableSchema:
    """The columns of a table as the Dagster UI shows them."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                name,
                duckdb_type(column),
                description=(column.metadata or {})["description"],
                constraints=dg.TableColumnConstraints(nullable=column.nullable),
            )
            for name, column in table.columns().items()
        ]
    )
