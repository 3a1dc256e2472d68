"""The log of a job: its lines, and what the rules read out of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import polars as pl

from pipeline_etl.contracts.tables import JobLogs, LogLines, Table
from pipeline_etl.parsing.log_lines import LogText, read_log
from pipeline_etl.parsing.log_rules import RULES
from pipeline_etl.parsing.log_rules.rule import frame_of
from pipeline_etl.parsing.log_steps import StepSpan, step_numbers

NO_STEP_LOGS: Final[Mapping[int, bytes]] = MappingProxyType({})


@dataclass(frozen=True)
class JobLogRows:
    """The rows of one job's log, without context columns."""

    frames: Mapping[Table, pl.DataFrame]
    """One row of JobLogs, the LogLines, and a frame for every table that a rule emits, empty ones included."""


def parse_job_log(
    content: bytes,
    *,
    steps: Sequence[StepSpan],
    step_logs: Mapping[int, bytes] = NO_STEP_LOGS,
) -> JobLogRows:
    """Everything a job's log says.

    An empty log is a log of no lines: nothing is known from it.

    Args:
        content: the whole log, as the service gave it.
        steps: the steps of the job, in any order; none when they are not known.
        step_logs: the logs of its steps by step number, where the service gave them too; some may be missing.

    Raises:
        MalformedLog: The bytes are no text.
    """
    text = read_log(content)
    lines = text.lines.with_columns(step_numbers(content, text.lines, steps=steps, step_logs=step_logs))
    frames: dict[Table, pl.DataFrame] = {
        JobLogs: _summary(content, text),
        LogLines: lines.select("line_number", "logged_at", "step_number", "line_text"),
    }
    frames |= {rule.table: rule.parse(lines) for rule in RULES}
    return JobLogRows(frames=frames)


def _summary(content: bytes, text: LogText) -> pl.DataFrame:
    times = text.lines["logged_at"].drop_nulls()
    return frame_of(
        JobLogs,
        [
            {
                "line_count": text.lines.height,
                "log_bytes": len(content),
                "redaction_count": text.redaction_count,
                "truncated_line_count": text.truncated_line_count,
                "first_line_at": times.first(),
                "last_line_at": times.last(),
            }
        ],
    )


__all__ = ["JobLogRows", "StepSpan", "parse_job_log"]
