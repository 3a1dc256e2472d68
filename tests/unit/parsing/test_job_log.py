"""Job logs: what every log has in common."""

from datetime import UTC, datetime

import pytest

from pipeline_etl.contracts.tables import (
    JobLogs,
    LogLines,
)
from pipeline_etl.errors import MalformedLog
from pipeline_etl.parsing.log_rules import RULES
from pipeline_etl.parsing.log_rules.rule import CONTEXT
from tests.parsed import parse_job_log

STAMP = "2026-05-01T12:00:00.1234567Z "


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf\r\n", f"{STAMP}one\n".encode()])
def test_every_frame_has_the_columns_of_its_table(content: bytes) -> None:
    frames = parse_job_log(content, steps=[]).frames

    assert set(frames) == {JobLogs, LogLines, *(rule.table for rule in RULES)}
    for table, frame in frames.items():
        schema = {name: kind for name, kind in table.create_empty().schema.items() if name not in CONTEXT}
        assert dict(frame.schema) == schema


def test_an_empty_log_is_a_log_of_no_lines() -> None:
    frames = parse_job_log(b"\n", steps=[]).frames

    assert frames[JobLogs].row(0, named=True) == {
        "line_count": 0,
        "log_bytes": 1,
        "redaction_count": 0,
        "truncated_line_count": 0,
        "first_line_at": None,
        "last_line_at": None,
    }
    assert all(frame.is_empty() for table, frame in frames.items() if table is not JobLogs)


def test_the_summary_counts_what_was_done_to_the_lines() -> None:
    content = f"\ufeff{STAMP}me@example.com\nmore\n2026-05-01T12:00:07Z {'x' * 70000}\n".encode()

    summary = parse_job_log(content, steps=[]).frames[JobLogs].row(0, named=True)

    assert summary == {
        "line_count": 3,
        "log_bytes": len(content),
        "redaction_count": 1,
        "truncated_line_count": 1,
        "first_line_at": datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC),
        "last_line_at": datetime(2026, 5, 1, 12, 0, 7, tzinfo=UTC),
    }


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(MalformedLog):
        parse_job_log(b"\x00" * 100, steps=[])
