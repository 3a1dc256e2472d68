"""Questions asked of the marts, and their answers as HTML, Markdown, JSON and a terminal table."""

from pipeline_etl.reports.content import ReportContent
from pipeline_etl.reports.report import (
    PIPELINE_REPORT,
    REPORTS,
    REPOSITORY_READS,
    SECTIONS,
    Report,
    WrittenReport,
    read_content,
    write_report,
)
from pipeline_etl.reports.section import Section
from pipeline_etl.reports.terminal import headline_table

__all__ = [
    "PIPELINE_REPORT",
    "REPORTS",
    "REPOSITORY_READS",
    "SECTIONS",
    "Report",
    "ReportContent",
    "Section",
    "WrittenReport",
    "headline_table",
    "read_content",
    "write_report",
]
