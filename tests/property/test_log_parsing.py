"""Log parsing is total: any bytes give rows or a ContentError, in time that grows with their number only."""

import time

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_etl.contracts.tables import CacheOperations, JobLogs, LogFindings, LogLines, Table
from pipeline_etl.errors import ContentError
from pipeline_etl.parsing import job_log, log_blocks
from pipeline_etl.parsing.job_log import JobLog, JobLogRows, StepSpan, read_job_logs
from pipeline_etl.parsing.log_blocks import LONGEST_LINE
from pipeline_etl.parsing.timestamps import instant
from tests.parsed import parse_job_log

STAMPS = [
    "2026-05-01T12:00:00.1234567Z ",
    "2026-05-01T12:00:09Z ",
    "2026-99-99T99:99:99.9999999Z ",
    "0000-01-01T00:00:00Z ",
    "",
]
WORDS = [
    "##[group]Run actions/cache@v4",
    "##[group]Run make",
    "with:",
    "  key: K",
    "##[endgroup]",
    "Post job cleanup.",
    "Cache hit for: K",
    "Cache hit for restore-key: L",
    "Cache restored from key: L",
    "Cache restored successfully",
    "Cache not found for input keys: K, L",
    "Cache Size: ~1 MB (1048576 B)",
    "Cache Size: ~1 MB (99999999999999999999 B)",
    "Cache saved with key: K",
    "##[warning]Failed to restore: no",
    "##[error]Process completed with exit code 1.",
    "##[error]",
    "java.lang.OutOfMemoryError",
    "FAILED tests/test_a.py::test_b - no",
    "Collecting idna",
    "Successfully installed idna-3",
    "added 99999999999999999999 packages in 9.9.9s",
    "Resolved 3 packages in 999999999999999h",
    "Artifact a.zip successfully finalized. Artifact ID 99999999999999999999",
    "Artifact a.zip successfully finalized. Artifact ID 12",
    "-----BEGIN PRIVATE KEY-----",
    "\x1b[36;1mmake\x1b[0m",
    "10%\r20%\r",
    "\ufeff",
]
log_lines = st.builds("".join, st.tuples(st.sampled_from(STAMPS), st.sampled_from(WORDS) | st.text(max_size=30)))
logs = st.lists(log_lines, max_size=30).map("\n".join).map(lambda text: text.encode("utf-8", "surrogatepass"))
moments = st.sampled_from([None, instant("2026-05-01T12:00:00Z"), instant("2026-05-01T12:00:09Z")])
names = st.sampled_from(["Set up job", "Run make", "Build", "Post Build", "Complete job"])
spans = st.builds(StepSpan, st.integers(1, 9), names, moments, moments)


def parsed(content: bytes, **of_job: object) -> JobLogRows | None:
    try:
        return parse_job_log(content, **{"steps": [], **of_job})
    except ContentError:
        return None


@given(st.binary(max_size=2000))
@settings(max_examples=60)
def test_any_bytes_give_rows_or_a_content_error(content: bytes) -> None:
    rows = parsed(content)

    assert rows is None or rows.frames[JobLogs].height == 1


@given(logs, st.lists(spans, max_size=6), st.dictionaries(st.integers(1, 9), logs | st.binary(max_size=40), max_size=3))
@settings(max_examples=80)
def test_logs_in_the_words_of_real_ones_give_rows_that_hold_together(content, steps, step_logs) -> None:
    rows = parsed(content, steps=steps, step_logs=step_logs)
    assert rows is not None
    lines = rows.frames[LogLines]

    assert rows.frames[JobLogs]["line_count"].item() == lines.height
    assert lines["line_number"].to_list() == list(range(1, lines.height + 1))
    assert lines["line_text"].str.len_chars().max() is None or lines["line_text"].str.len_chars().max() <= LONGEST_LINE
    assert set(lines["step_number"].drop_nulls()) <= {span.number for span in steps} | set(step_logs)
    assert rows.frames[CacheOperations]["line_number"].is_unique().all()
    assert rows.frames[LogFindings].height <= 1
    for frame in rows.frames.values():
        if "line_number" in frame.columns:
            assert frame["line_number"].drop_nulls().is_in(lines["line_number"].implode()).all()


@given(logs)
@settings(max_examples=40)
def test_a_second_reading_gives_the_same(content: bytes) -> None:
    one, other = parsed(content), parsed(content)

    assert one is not None
    assert other is not None
    assert all(frame.equals(other.frames[table]) for table, frame in one.frames.items())


def of_job(pieces: list[JobLogRows], table: Table, job_id: int) -> pl.DataFrame:
    rows = pl.concat([piece.frames[table] for piece in pieces])
    return rows.filter(pl.col("job_id") == job_id).drop("job_id")


@given(
    st.lists(logs | st.just(b"\x00" * 40), max_size=4),
    st.lists(spans, max_size=4),
    st.sampled_from([300, 700, 1 << 20]),
)
@settings(max_examples=60)
def test_logs_read_together_or_in_pieces_say_what_each_says_alone(contents, steps, block_bytes) -> None:
    whole = [parsed(content, steps=steps) for content in contents]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_blocks, "BLOCK_BYTES", block_bytes)
        patch.setattr(job_log, "BLOCK_BYTES", block_bytes)
        pieces = list(read_job_logs(JobLog(job_id=n, content=log, steps=steps) for n, log in enumerate(contents)))
    refused = {job_id for piece in pieces for job_id in piece.refused}

    assert refused == {job_id for job_id, rows in enumerate(whole) if rows is None}
    for job_id, alone in enumerate(whole):
        for table, frame in alone.frames.items() if alone else ():
            assert of_job(pieces, table, job_id).equals(frame), table.__name__


@pytest.mark.parametrize("word", [*WORDS, "Using a 1", "_" * 90 + " ", "a: " * 90, "@", "\x1b[", "\r", "\n"])
def test_no_line_repeated_takes_more_than_linear_time(word: str) -> None:
    content = f"{STAMPS[0]}{word}\n".encode() * 5_000 + (word * 5_000).encode()
    started = time.process_time()
    parsed(content)

    # Linear takes 0.2 s here; anything quadratic takes minutes.
    assert time.process_time() - started < 5
