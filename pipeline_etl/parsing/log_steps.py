"""Which step of its job a line of a log belongs to.

The service keeps a log per job and, in the archive of a run, one more per step: the same bytes, cut. Where these are at
hand they decide. Otherwise the headings that the runner prints are compared with the names and times of the steps.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import polars as pl

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

FIRST_LINE_BYTES: Final = 512
"""Bytes of a step's first line that are looked for; with its time they are hardly ever those of another line."""

SET_UP: Final = "Set up job"
COMPLETE: Final = "Complete job"
HEADINGS: Final = r"^(?:##\[group\]Run |Post job cleanup\.|Cleaning up orphan processes)"
GROUP: Final = "##[group]"
SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class StepSpan:
    """A step as the service lists it; its times have a resolution of one second."""

    number: int
    name: str
    started_at: datetime | None
    completed_at: datetime | None


class Stretch(NamedTuple):
    """Consecutive lines of one step."""

    step_number: int
    first: int
    """Lines before it."""
    line_count: int


def step_numbers(
    content: bytes,
    lines: pl.DataFrame,
    *,
    steps: Sequence[StepSpan],
    step_logs: Mapping[int, bytes],
) -> pl.Series:
    """The number of the step of every line; null where it is not known.

    Args:
        content: the whole log.
        lines: its lines as read_log gives them.
        steps: the steps of the job, if known.
        step_logs: the logs of the steps by step number, if at hand; some may be missing.
    """
    stretches = stretches_of_step_logs(content, step_logs) or stretches_between_headings(lines, steps)
    return _column(stretches, line_count=lines.height)


def stretches_of_step_logs(content: bytes, step_logs: Mapping[int, bytes]) -> list[Stretch]:
    """Where the steps' logs occur in the whole log, in order; a step that is not found there is left out."""
    found: list[Stretch] = []
    offset = len(BYTE_ORDER_MARK) if content.startswith(BYTE_ORDER_MARK) else 0
    lines_before = 0
    for number in sorted(step_logs):
        body = step_logs[number].removeprefix(BYTE_ORDER_MARK)
        if not body:
            continue
        start = _line_start(content, body, offset)
        if start < 0:
            continue
        lines_before += content.count(b"\n", offset, start)
        found.append(Stretch(number, lines_before, body.count(b"\n") + (not body.endswith(b"\n"))))
        if content.startswith(body, start):
            lines_before += body.count(b"\n")
            offset = start + len(body)
        else:  # not quite the same text: the next step is looked for from here on
            offset = start
    return found


def _line_start(content: bytes, body: bytes, offset: int) -> int:
    """Where the line that a step begins with begins in the log, from an offset on; -1 when it does not occur."""
    if content.startswith(body, offset):
        return offset
    first = body[: FIRST_LINE_BYTES + 1].split(b"\n", 1)[0]
    if content.startswith(first, offset):
        return offset
    before = content.find(b"\n" + first, offset)
    return before + 1 if before >= 0 else -1


def stretches_between_headings(lines: pl.DataFrame, steps: Iterable[StepSpan]) -> list[Stretch]:
    """Steps told by the headings that the runner prints: each step takes the first that can be its own.

    A heading can be a step's when it was printed within the step's time and, for a step without a name of its own, says
    the same. A composite action prints several headings; the later ones stay with it unless a step wants them.
    """
    is_group = pl.col("line_text").str.starts_with(GROUP)
    is_heading = pl.col("line_text").str.contains(HEADINGS) & (pl.col("is_command") | ~is_group)
    headings = lines.filter(is_heading).select("line_number", "logged_at", "line_text").rows()
    starts: list[tuple[int, int]] = []
    position = 0
    for step in sorted(steps, key=lambda step: step.number):
        if step.started_at is None:
            continue
        if step.name == SET_UP and not starts:
            first = lines.filter(pl.col("logged_at") >= step.started_at)["line_number"].first()
            starts += [(first, step.number)] if isinstance(first, int) else []
            continue
        for index in range(position, len(headings)):
            line_number, logged_at, text = headings[index]
            if _can_be_heading_of(step, text) and _was_in(step, logged_at):
                starts.append((line_number, step.number))
                position = index + 1
                break
    ends = [*(first for first, _ in starts[1:]), lines.height + 1]
    return [Stretch(step, first - 1, end - first) for (first, step), end in zip(starts, ends, strict=False)]


def _can_be_heading_of(step: StepSpan, text: str) -> bool:
    if step.name == COMPLETE:
        return text.startswith("Cleaning")
    if step.name.startswith("Post "):
        return text.startswith("Post")
    if step.name.startswith("Run "):
        return text.removeprefix(GROUP).strip() == step.name.strip()
    return text.startswith(GROUP)


def _was_in(step: StepSpan, logged_at: datetime | None) -> bool:
    if logged_at is None or step.started_at is None:
        return False
    # Whole seconds are cut off at both ends of a step, so that it may print in the second after its listed end.
    return step.started_at <= logged_at and (step.completed_at is None or logged_at < step.completed_at + SECOND)


def _column(stretches: Sequence[Stretch], *, line_count: int) -> pl.Series:
    numbers: list[int | None] = []
    lengths: list[int] = []
    done = 0
    for index, stretch in enumerate(stretches):
        limit = stretches[index + 1].first if index + 1 < len(stretches) else line_count
        end = min(stretch.first + stretch.line_count, limit, line_count)
        if end <= done:
            continue
        numbers += (None, stretch.step_number)
        lengths += (stretch.first - done, end - stretch.first)
        done = end
    numbers.append(None)
    lengths.append(line_count - done)
    runs = pl.DataFrame({"number": numbers, "length": lengths}, schema={"number": pl.Int64, "length": pl.Int64})
    filled = runs.filter(pl.col("length") > 0).select(pl.col("number").repeat_by("length").explode())
    return filled["number"].alias("step_number")
