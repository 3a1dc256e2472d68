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

ALONE_SECONDS: Final = 5.0
"""What it costs to leave a step without a heading, besides the seconds it took."""

OTHERWISE_SECONDS: Final = 2.0
"""What it costs to pair a step called "Run …" with a heading that says something else."""

MOST_STEPS: Final = 200
MOST_HEADINGS: Final = 1000
"""Bounds of the work of comparing each with each; the rest of a log that has more headings stays with the last step."""


@dataclass(frozen=True, slots=True)
class StepSpan:
    """A step as the service lists it; its times have a resolution of one second."""

    number: int
    name: str
    started_at: datetime | None
    completed_at: datetime | None


class _Heading(NamedTuple):
    line_number: int
    logged_at: datetime | None
    text: str


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
        steps: the steps of the job, if known; better without those that were skipped.
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
    """Steps told by the headings that the runner prints, in the one order that both agree with best.

    A heading can be a step's when it was printed within the step's time. Steps that were skipped print none, composite
    actions print several: the later ones stay with the step.
    """
    ran = sorted((step for step in steps if step.started_at is not None), key=lambda step: step.number)[:MOST_STEPS]
    if not ran:
        return []
    is_group = pl.col("line_text").str.starts_with(GROUP)
    is_heading = pl.col("line_text").str.contains(HEADINGS) & (pl.col("is_command") | ~is_group)
    found = lines.filter(is_heading).head(MOST_HEADINGS).select("line_number", "logged_at", "line_text")
    starts = _aligned(ran, [_Heading(*row) for row in found.iter_rows()])
    set_up = ran[0]
    if set_up.name == SET_UP:
        first = lines.filter(pl.col("logged_at") >= set_up.started_at)["line_number"].first()
        if isinstance(first, int) and (not starts or first < starts[0][0]):
            starts = [(first, set_up.number), *starts]
    ends = [*(first for first, _ in starts[1:]), lines.height + 1]
    return [Stretch(step, first - 1, end - first) for (first, step), end in zip(starts, ends, strict=False)]


def _aligned(steps: Sequence[StepSpan], headings: Sequence[_Heading]) -> list[tuple[int, int]]:
    """(line number, step number) of the headings that begin a step.

    The cheapest of all monotone pairings: a step left without a heading costs more the longer it took, a heading costs
    the seconds by which it came late.
    """
    rows: list[list[float]] = [[0.0] * (len(headings) + 1)]
    for step in steps:
        alone = ALONE_SECONDS + _seconds_between(step.started_at, step.completed_at)
        above = rows[-1]
        row = [above[0] + alone]
        for index, heading in enumerate(headings):
            late = _lateness(step, heading)
            paired = above[index] + late if late is not None else float("inf")
            row.append(min(row[index], above[index + 1] + alone, paired))
        rows.append(row)
    starts: list[tuple[int, int]] = []
    at = len(headings)
    for number in range(len(steps), 0, -1):
        step, above, row = steps[number - 1], rows[number - 1], rows[number]
        while at > 0 and row[at] == row[at - 1]:
            at -= 1
        late = _lateness(step, headings[at - 1]) if at > 0 else None
        if late is not None and row[at] == above[at - 1] + late:
            starts.append((headings[at - 1].line_number, step.number))
            at -= 1
    return starts[::-1]


def _lateness(step: StepSpan, heading: _Heading) -> float | None:
    """Seconds between the start of the step and the heading; None when the heading cannot be the step's."""
    if heading.logged_at is None or step.started_at is None or not _can_be_heading_of(step, heading.text):
        return None
    # Whole seconds are cut off at both ends of a step, so that it may print in the second after its listed end.
    is_within = step.started_at <= heading.logged_at < (step.completed_at or heading.logged_at) + SECOND
    if not is_within:
        return None
    # A step without a name of its own is called what its heading says; one that was named "Run tests" is not.
    is_otherwise = step.name.startswith("Run ") and heading.text.removeprefix(GROUP).strip() != step.name.strip()
    return _seconds_between(step.started_at, heading.logged_at) + (OTHERWISE_SECONDS if is_otherwise else 0.0)


def _seconds_between(start: datetime | None, end: datetime | None) -> float:
    return max(0.0, (end - start).total_seconds()) if start and end else 0.0


def _can_be_heading_of(step: StepSpan, text: str) -> bool:
    if step.name == COMPLETE:
        return text.startswith("Cleaning")
    if step.name.startswith("Post "):
        return text.startswith("Post")
    return text.startswith(GROUP)


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
