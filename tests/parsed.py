"""One log, or one test report, read by itself: what tests say of many is said of one."""

from collections.abc import Mapping, Sequence

import polars as pl

from pipeline_etl.contracts.tables import JobLogs, LogLines, Table
from pipeline_etl.parsing.job_log import NO_STEP_LOGS, JobLog, JobLogRows, StepSpan, read_job_logs
from pipeline_etl.parsing.log_rules import RULES
from pipeline_etl.parsing.test_report import TestReportRows, parse_test_reports


def parse_job_log(
    content: bytes,
    *,
    steps: Sequence[StepSpan],
    step_logs: Mapping[int, bytes] = NO_STEP_LOGS,  # type: ignore[assignment] # empty
) -> JobLogRows:
    """Everything a job's log says, as one, without job_id. Raises the ContentError that says why it cannot be read."""
    log = JobLog(job_id=0, content=content, steps=steps, step_logs=step_logs)
    pieces = list(read_job_logs([log]))
    for piece in pieces:
        for error in piece.refused.values():
            raise error
    tables: tuple[Table, ...] = (JobLogs, LogLines, *(rule.table for rule in RULES))
    return JobLogRows({table: pl.concat([piece.frames[table] for piece in pieces]).drop("job_id") for table in tables})


def parse_test_report(content: bytes, *, repository_id: int) -> TestReportRows:
    """Every try of every test in a report. Raises the ContentError that says why it cannot be read."""
    rows = parse_test_reports([content], repository_id=repository_id)
    for error in rows.refused.values():
        raise error
    return TestReportRows(rows.report.drop("report_number"), rows.results.drop("report_number"))
