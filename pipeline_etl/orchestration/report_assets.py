"""Marts → the report a person reads, as HTML, Markdown and JSON."""

import dagster as dg

from pipeline_etl.orchestration.failures import told_to_dagster
from pipeline_etl.orchestration.lineage import PUBLISHED, REPORT
from pipeline_etl.orchestration.resources import Reporting

GROUP = "report"


def report_asset() -> dg.AssetsDefinition:
    """The report, written from the published warehouse: what a reader sees is what SQL shows."""

    @dg.asset(
        key=REPORT,
        deps=[PUBLISHED],
        group_name=GROUP,
        description="The CI pipeline report: every section of it, in three formats.",
        kinds={"html"},
    )
    def pipeline_report(reporting: dg.ResourceParam[Reporting]) -> dg.MaterializeResult[None]:
        with told_to_dagster(reporting.retry_plan):
            written = reporting.write()
        return dg.MaterializeResult(
            metadata={
                "paths": [str(path) for path in written.paths],
                "rows_by_section": dict(written.section_row_counts),
            }
        )

    return pipeline_report
