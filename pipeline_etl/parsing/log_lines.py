"""A job's log as lines: decoded, without times, colours and secrets.

Everything is done to whole columns; there is never a Python object per line. Logs are read in blocks, so that the
working memory beside the result is a small multiple of a block, a single line of a gigabyte included.
"""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from pipeline_etl.errors import MalformedLog
from pipeline_etl.parsing.redaction import redact_lines

LONGEST_LINE: Final = 65_536
"""Characters that are kept of a line."""

MOST_LINES: Final = 10_000_000
"""Lines a log may have; a longer one is refused, because each line costs memory however short it is."""

BLOCK_BYTES: Final = 32 * 1024 * 1024

# Longer lines are cut in two goes: roughly before secrets are looked for, exactly after, so that a secret that spans
# the limit is seen whole.
ROUGH_LINE_BYTES: Final = 4 * LONGEST_LINE + 8192

SAMPLE_BYTES: Final = 65_536
MOST_NOISE_RATIO: Final = 0.2
"""Share of a sample that may be control characters or invalid UTF-8 before the bytes are called no text. A log in
Latin-1 stays below; compressed data has about half."""

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
BLANK: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*+")
NO_TEXT: Final = bytes({*range(0x20), 0x7F} - {*b"\t\n\r\x1b"})

# Of this century or the last: arithmetic on other years leaves the calendar, and no runner lives there.
STAMP: Final = r"^(?:19|20)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z(?: |$)"
STAMP_FORMAT: Final = "%Y-%m-%dT%H:%M:%S%.f"

# GitHub writes seven digits. Cut to six they have a fixed shape, which is read six times as fast.
USUAL_LENGTH: Final = len("2026-05-01T12:00:00.123456")
USUAL_FORMAT: Final = "%Y-%m-%dT%H:%M:%S.%6f"

CONTROL: Final = r"[\x00-\x08\x0a-\x1f\x7f\x{80}-\x{9f}]"
ECHO: Final = "\x1b[36;1m"
"""What the runner puts before each line of a script it shows."""

# Colours and cursor moves (CSI), titles and links (OSC), then any other two-character sequence.
ESCAPES: Final = r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])"

RUN: Final = "##[group]Run "
END: Final = "##[endgroup]"
SHOWN_FIRST: Final = r"^(?:with:|env:|shell: |##\[endgroup\])"
"""What may follow the heading of a command when no script does. A group that a script itself names "Run …" goes on
otherwise: its lines are results."""


@dataclass(frozen=True)
class LogText:
    """The lines of one log."""

    lines: pl.DataFrame
    """line_number, logged_at, line_text and is_command: whether the runner shows there what it is going to run, with
    its inputs and environment, as opposed to what came of it."""
    redaction_count: int
    truncated_line_count: int


def read_log(content: bytes) -> LogText:
    """The lines of a log.

    A blank log has no lines. A line without a time has that of the line before, null before the first. Of a line that
    was overwritten in place (progress bars: lone carriage returns) the text that stayed is kept. Invalid UTF-8 is
    replaced.

    Raises:
        MalformedLog: The bytes are no text, or more than ``MOST_LINES`` lines.
    """
    _refuse_what_is_no_text(content)
    blocks = [] if BLANK.fullmatch(content) else [_read_block(block) for block in _blocks(content)]
    lines = pl.concat([block.lines for block in blocks]) if blocks else _EMPTY
    following = pl.col("line_text").str.contains(SHOWN_FIRST) | pl.col("is_echo")
    in_command = (
        pl.when(pl.col("line_text").str.starts_with(RUN) & following.shift(-1, fill_value=False))
        .then(True)
        .when(pl.col("line_text").str.starts_with(END))
        .then(False)
        .forward_fill()
        .fill_null(False)
    )
    return LogText(
        lines=lines.select(
            pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("line_number"),
            pl.col("logged_at").forward_fill(),
            "line_text",
            (pl.col("is_echo") | in_command).alias("is_command"),
        ),
        redaction_count=sum(block.redaction_count for block in blocks),
        truncated_line_count=sum(block.truncated_line_count for block in blocks),
    )


_EMPTY: Final = pl.DataFrame(
    schema={"logged_at": pl.Datetime("us", "UTC"), "line_text": pl.String, "is_echo": pl.Boolean},
)


def _refuse_what_is_no_text(content: bytes) -> None:
    middle = max(SAMPLE_BYTES, len(content) // 2)
    sample = content[:SAMPLE_BYTES] + content[middle : middle + SAMPLE_BYTES]
    sample += content[max(2 * SAMPLE_BYTES, len(content) - SAMPLE_BYTES) :]
    invalid = sample.decode("utf-8", errors="replace").count("\ufffd")
    noise = invalid + len(sample) - len(sample.translate(None, NO_TEXT))
    if noise > MOST_NOISE_RATIO * len(sample):
        raise MalformedLog(
            f"The log is no text: {noise / len(sample):.0%} of a sample are control characters or invalid UTF-8."
        )
    if content.count(b"\n") > MOST_LINES:
        raise MalformedLog(f"The log has more than {MOST_LINES:,} lines.")


def _blocks(content: bytes) -> Iterator[bytes]:
    """The log in pieces that end where lines end; of a line longer than a block only its beginning."""
    start = len(BYTE_ORDER_MARK) if content.startswith(BYTE_ORDER_MARK) else 0
    while start < len(content):
        stop = start + BLOCK_BYTES
        cut = len(content) if stop >= len(content) else content.rfind(b"\n", start, stop) + 1
        if cut > 0:
            yield content[start:cut]
            start = cut
        else:
            yield content[start : start + ROUGH_LINE_BYTES + 1]
            end = content.find(b"\n", stop)
            start = end + 1 if end >= 0 else len(content)


def _read_block(block: bytes) -> LogText:
    """As ``read_log``, with the columns of ``_EMPTY``."""
    line = _lines_of(block)
    is_cut = line.str.len_bytes() > ROUGH_LINE_BYTES
    line = _changed(line, is_cut, lambda some: some.str.slice(0, ROUGH_LINE_BYTES // 4))
    logged_at, text = _split(line)
    is_echo = text.str.starts_with(ECHO)
    text = _changed(text, text.str.contains(CONTROL), _without_controls)
    text, redaction_count = redact_lines(text)
    is_long = text.str.len_bytes() > LONGEST_LINE  # counting characters costs more, so only where it can matter
    is_long = is_long & (text.str.len_chars() > LONGEST_LINE) if is_long.any() else is_long
    text = _changed(text, is_long, lambda some: some.str.slice(0, LONGEST_LINE))
    lines = pl.DataFrame({"logged_at": logged_at, "line_text": text, "is_echo": is_echo})
    return LogText(lines=lines, redaction_count=redaction_count, truncated_line_count=int((is_cut | is_long).sum()))


def _split(line: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The times of the lines, null where they have none or an impossible one, and what follows them."""
    is_stamped = line.str.contains(STAMP)
    zulu = line.str.find("Z", literal=True)
    usual = line.str.slice(0, USUAL_LENGTH).str.to_datetime(USUAL_FORMAT, time_unit="us", strict=False)
    parts = pl.DataFrame({"line": line, "is_stamped": is_stamped, "zulu": zulu, "usual": usual})
    times = parts.select(pl.when("is_stamped").then("usual")).to_series()
    is_unusual = is_stamped & times.is_null()
    if is_unusual.any():
        some = parts.filter(is_unusual).select(pl.col("line").str.slice(0, "zulu")).to_series()
        times = times.scatter(is_unusual.arg_true(), some.str.to_datetime(STAMP_FORMAT, time_unit="us", strict=False))
    text = pl.when("is_stamped").then(pl.col("line").str.slice(pl.col("zulu") + 2)).otherwise("line")
    return times.dt.replace_time_zone("UTC"), parts.select(text).to_series()


def _lines_of(block: bytes) -> pl.Series:
    try:
        return pl.read_lines(io.BytesIO(block)).to_series()
    except pl.exceptions.ComputeError:  # invalid UTF-8
        return pl.read_lines(io.BytesIO(block.decode("utf-8", errors="replace").encode())).to_series()


def _without_controls(some: pl.Series) -> pl.Series:
    plain = some.str.replace_all(ESCAPES, "")
    shown = plain.str.strip_chars_end("\r").str.replace(r"(?s)^.*\r", "")
    return shown.str.replace_all(CONTROL, "")


def _changed(column: pl.Series, where: pl.Series, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """The column with some of its values changed; most logs have none, and none is then touched."""
    rows = where.arg_true()
    return column.scatter(rows, change(column.gather(rows))) if len(rows) else column
