"""Questions asked of the marts, and their answers as HTML, Markdown, JSON and tables for a terminal."""

from pipeline_etl.reports.comment import comment
from pipeline_etl.reports.content import ReportContent
from pipeline_etl.reports.monitor import MONITOR_READS, latest_resources, monitor_view
from pipeline_etl.reports.narrowing import NOT_NARROWED, Narrowing
from pipeline_etl.reports.reading import REPOSITORY_READS, WORKFLOW_READS, read_content
from pipeline_etl.reports.report import PIPELINE_REPORT, REPORTS, SECTIONS, VIEWS, Report
from pipeline_etl.reports.section import Section
from pipeline_etl.reports.terminal import headline_table, tell_content
from pipeline_etl.reports.writing import Format, WrittenReport, rendered, write_content, write_report

__all__ = [
    "MONITOR_READS",
    "NOT_NARROWED",
    "PIPELINE_REPORT",
    "REPORTS",
    "REPOSITORY_READS",
    "SECTIONS",
    "VIEWS",
    "WORKFLOW_READS",
    "Format",
    "Narrowing",
    "Report",
    "ReportContent",
    "Section",
    "WrittenReport",
    "comment",
    "headline_table",
    "latest_resources",
    "monitor_view",
    "read_content",
    "rendered",
    "tell_content",
    "write_content",
    "write_report",
]
