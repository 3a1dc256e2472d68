"""Logs as lines: decoded, without times, colours and secrets.

Everything is done to whole columns; there is never a Python object per line. Many small logs share a page, because a
column costs as much to begin as a thousand lines; a large one is several pages, so that the memory is that of a page.
"""

import io
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import polars as pl

from pipeline_etl.parsing.log_blocks import LONGEST_LINE, ROUGH_LINE_BYTES
from pipeline_etl.parsing.redaction import SUSPECT, redact_rows
from pipeline_etl.parsing.runs import repeated

# Of this century or the last: arithmetic on other years leaves the calendar, and no runner lives there.
STAMP: Final = r"^(?:19|20)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z(?: |$)"
STAMP_FORMAT: Final = "%Y-%m-%dT%H:%M:%S%.f"

# GitHub writes seven digits. Cut to six they have a fixed shape, which is read six times as fast.
USUAL_STAMP: Final = r"^(?:19|20)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z "
USUAL_LENGTH: Final = len("2026-05-01T12:00:00.123456")
USUAL_TEXT: Final = len("2026-05-01T12:00:00.1234567Z ")
USUAL_FORMAT: Final = "%Y-%m-%dT%H:%M:%S.%6f"

CONTROL: Final = r"[\x00-\x08\x0a-\x1f\x7f\x{80}-\x{9f}]"
UNCLEAN: Final = f"{CONTROL}|{SUSPECT}"
"""What must be taken out of a line, or may hide in it: one look for both costs half of two."""

ECHO: Final = "\x1b[36;1m"
"""What the runner puts before each line of a script it shows."""

# Colours and cursor moves (CSI), titles and links (OSC), then any other two-character sequence.
ESCAPES: Final = r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])"

RUN: Final = "##[group]Run "
END: Final = "##[endgroup]"
SHOWN_FIRST: Final = r"^(?:with:|env:|shell: |##\[endgroup\])"
"""What may follow the heading of a command when no script does. A group that a script itself names "Run …" goes on
otherwise: its lines are results."""

_NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)
"""Stands for the time before the first time of a log; no line has it, see ``STAMP``."""


@dataclass
class LogState:
    """What was read of a log so far, which the next piece of it goes on from."""

    line_count: int = 0
    redaction_count: int = 0
    truncated_line_count: int = 0
    first_line_at: datetime | None = None
    last_line_at: datetime | None = None
    is_in_command: bool = False


@dataclass(frozen=True)
class Part:
    """A piece of the log of one job: whole lines."""

    job_id: int
    block: bytes
    state: LogState = field(repr=False)


@dataclass(frozen=True)
class Page:
    """Lines of one or more logs, in order."""

    lines: pl.DataFrame
    """job_id, line_number, logged_at, line_text and is_command: whether the runner shows there what it is going to run,
    with its inputs and environment, as opposed to what came of it."""
    raw: pl.Series
    """The lines as they are in the file."""


def page_of(parts: Sequence[Part]) -> Page:
    """The lines of pieces of logs, one piece of each log; the state of each log is brought up to its end.

    A line without a time has that of the line before, null before the first. Of a line that was overwritten in place
    (progress bars: lone carriage returns) the text that stayed is kept. Invalid UTF-8 is replaced.
    """
    raw = _lines_of(parts)
    counts = [raw.len()] if len(parts) == 1 else [_line_count(part.block) for part in parts]
    starts = [0]
    for count in counts:
        starts.append(starts[-1] + count)
    is_cut = raw.str.len_bytes() > ROUGH_LINE_BYTES
    raw = _changed(raw, is_cut, lambda some: some.str.slice(0, ROUGH_LINE_BYTES // 4))
    logged_at, text = _split(raw)
    marks = pl.DataFrame({"text": text}).select(
        is_echo=pl.col("text").str.starts_with(ECHO), is_unclean=pl.col("text").str.contains(UNCLEAN)
    )
    unclean = marks["is_unclean"].arg_true()
    if len(unclean):
        text = text.scatter(unclean, _without_controls(text.gather(unclean)))
    text, redactions = redact_rows(text, among=unclean)
    is_long = text.str.len_bytes() > LONGEST_LINE  # counting characters costs more, so only where it can matter
    is_long = is_long & (text.str.len_chars() > LONGEST_LINE) if is_long.any() else is_long
    text = _changed(text, is_long, lambda some: some.str.slice(0, LONGEST_LINE))

    for row, count in redactions.items():
        parts[bisect_right(starts, row) - 1].state.redaction_count += count
    is_truncated = is_cut | is_long
    for row in is_truncated.arg_true() if is_truncated.any() else ():
        parts[bisect_right(starts, row) - 1].state.truncated_line_count += 1
    bounds = list(zip(parts, starts[:-1], starts[1:], strict=True))
    logged_at = _filled_times(logged_at, bounds)
    lines = pl.DataFrame(
        {
            "job_id": repeated([part.job_id for part in parts], counts),
            "line_number": repeated([part.state.line_count - start for part, start, _ in bounds], counts)
            + pl.int_range(1, starts[-1] + 1, dtype=pl.Int64, eager=True),
            "logged_at": logged_at,
            "line_text": text,
            "is_command": _commands(text, marks["is_echo"], bounds),
        }
    )  # fmt: skip
    for part, count in zip(parts, counts, strict=True):
        part.state.line_count += count
    return Page(lines=lines, raw=raw)


def _line_count(block: bytes) -> int:
    return block.count(b"\n") + (not block.endswith(b"\n"))


def _lines_of(parts: Sequence[Part]) -> pl.Series:
    blocks = [part.block if part.block.endswith(b"\n") else part.block + b"\n" for part in parts]
    try:
        return pl.read_lines(io.BytesIO(b"".join(blocks))).to_series()
    except pl.exceptions.ComputeError:  # invalid UTF-8
        text = b"".join(block.decode("utf-8", errors="replace").encode() for block in blocks)
        return pl.read_lines(io.BytesIO(text)).to_series()


def _split(line: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The times of the lines, null where they have none or an impossible one, and what follows them."""
    usual = pl.DataFrame({"line": line}).select(
        pl.when(pl.col("line").str.contains(USUAL_STAMP))
        .then(pl.col("line").str.slice(0, USUAL_LENGTH).str.to_datetime(USUAL_FORMAT, time_unit="us", strict=False))
        .alias("time"),
        pl.col("line").str.slice(USUAL_TEXT).alias("text"),
    )
    times, text = usual["time"], usual["text"]
    rows = times.is_null().arg_true()
    if len(rows):
        other_times, other_text = _split_unusual(line.gather(rows))
        times, text = times.scatter(rows, other_times), text.scatter(rows, other_text)
    return times.dt.replace_time_zone("UTC"), text


def _split_unusual(line: pl.Series) -> tuple[pl.Series, pl.Series]:
    zulu = pl.col("line").str.find("Z", literal=True)
    is_stamped = pl.col("line").str.contains(STAMP)
    time = pl.col("line").str.slice(0, zulu).str.to_datetime(STAMP_FORMAT, time_unit="us", strict=False)
    parts = pl.DataFrame({"line": line}).select(
        pl.when(is_stamped).then(time).alias("time"),
        pl.when(is_stamped).then(pl.col("line").str.slice(zulu + 2)).otherwise("line").alias("text"),
    )
    return parts["time"], parts["text"]


_Bounds = Sequence[tuple[Part, int, int]]
"""Each part with its first row and the one after its last."""


def _filled_times(times: pl.Series, bounds: _Bounds) -> pl.Series:
    """Every line's time; the first and last of each log go into its state."""
    at_starts = [times[start] for _, start, _ in bounds]
    for (part, start, stop), at in zip(bounds, at_starts, strict=True):
        if part.state.first_line_at is None:
            part.state.first_line_at = at or times.slice(start, stop - start).drop_nulls().first()  # type: ignore[assignment] # a Series of instants
    untimed = [bound for bound, at in zip(bounds, at_starts, strict=True) if at is None]
    before = [part.state.last_line_at or _NEVER for part, _, _ in untimed]
    times = times.scatter([start for _, start, _ in untimed], before)
    times = times.forward_fill()
    if _NEVER in before:
        times = times.to_frame("at").select(pl.when(pl.col("at") != _NEVER).then("at")).to_series()
    for part, _, stop in bounds:
        part.state.last_line_at = times[stop - 1]
    return times


def _commands(text: pl.Series, is_echo: pl.Series, bounds: _Bounds) -> pl.Series:
    """For every line whether it shows a command."""
    told = pl.DataFrame({"text": text}).select(
        mark=pl.when(pl.col("text").str.starts_with(END)).then(False), is_run=pl.col("text").str.starts_with(RUN)
    )
    runs = told["is_run"].arg_true()
    runs = runs.filter(runs < text.len() - 1)
    is_shown = text.gather(runs + 1).str.contains(SHOWN_FIRST) | is_echo.gather(runs + 1)
    marks = told["mark"].scatter(runs.filter(is_shown), True)
    ends = [stop - 1 for _, _, stop in bounds if marks[stop - 1]]
    if ends:  # what follows there is of another log
        marks = marks.scatter(ends, [None] * len(ends))
    unmarked = [bound for bound in bounds if marks[bound[1]] is None]
    marks = marks.scatter([start for _, start, _ in unmarked], [part.state.is_in_command for part, _, _ in unmarked])
    marks = marks.forward_fill()
    for part, _, stop in bounds:
        part.state.is_in_command = marks[stop - 1]
    return marks | is_echo


def _without_controls(some: pl.Series) -> pl.Series:
    plain = pl.col("text").str.replace_all(ESCAPES, "")
    shown = plain.str.strip_chars_end("\r").str.replace(r"(?s)^.*\r", "")
    return some.to_frame("text").select(shown.str.replace_all(CONTROL, "")).to_series()


def _changed(column: pl.Series, where: pl.Series, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """The column with some of its values changed; most logs have none, and none is then touched."""
    rows = where.arg_true()
    return column.scatter(rows, change(column.gather(rows))) if len(rows) else column
