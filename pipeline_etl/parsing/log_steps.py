"""Which step of its job a line of a log belongs to.

The service keeps a log per job and, in the archive of a run, one more per step: the same bytes, cut. Where these are at
hand they decide. Otherwise the headings that the runner prints are compared with the names and times of the steps.
"""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import compress
from typing import Final, NamedTuple

import polars as pl

from pipeline_etl.parsing.content import Content, stream_of
from pipeline_etl.parsing.log_blocks import BYTE_ORDER_MARK, Blocks
from pipeline_etl.parsing.log_lines import LogState, Part, page_of

FIRST_LINE_LENGTH: Final = 512
"""Characters of a step's first line that are looked for; with its time they are hardly ever those of another line."""

HAS_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")

SET_UP: Final = "Set up job"
COMPLETE: Final = "Complete job"
HEADINGS: Final = r"^(?:##\[group\]Run |Post job cleanup\.|Cleaning up orphan processes)"
GROUP: Final = "##[group]"
SECOND: Final = timedelta(seconds=1)

ALONE_SECONDS: Final = 5.0
"""What it costs to leave a step without a heading, besides the seconds it took."""

OTHERWISE_SECONDS: Final = 2.0
"""What it costs to pair a step called "Run …" with a heading that says something else."""

# What headings are made of, and where the commands under them end.
MAY_TELL: Final = r"##\[(?:group\]Run |endgroup\])|Post job cleanup\.|Cleaning up orphan processes"
SET_UP_LINES: Final = 1000

MOST_SIGHTINGS: Final = 10_000
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


class Heading(NamedTuple):
    """A line with which a step may begin."""

    line_number: int
    logged_at: datetime | None
    text: str


class Stretch(NamedTuple):
    """Consecutive lines of one step."""

    step_number: int
    first: int
    """Lines before it."""
    line_count: int


class StepLog(NamedTuple):
    """What of the log of a step is needed to find it in that of the job."""

    first_line: str
    """Cut after ``FIRST_LINE_LENGTH`` characters."""
    line_count: int


@dataclass
class Sightings:
    """What was met in the log of one job, in order, that tells where its steps begin."""

    steps: Sequence[StepSpan] = ()
    """The steps of the job, if known; better without those that were skipped."""
    step_logs: Mapping[int, StepLog] = field(default_factory=dict)
    first_lines: list[tuple[int, str]] = field(default_factory=list)
    """Lines, by number, with which the log of a step begins."""
    headings: list[Heading] = field(default_factory=list)
    set_up_line: int | None = None
    """The first line that is not older than the step that sets the job up."""

    def stretches(self, *, line_count: int) -> list[Stretch]:
        """The steps of a log of so many lines: where their own logs occur, else what the headings say."""
        return self._of_step_logs() or self._between_headings(line_count)

    def _of_step_logs(self) -> list[Stretch]:
        """Where the steps' logs occur in the whole log, in order; a step that is not found there is left out."""
        numbers: dict[str, list[int]] = {}
        for number in sorted(self.step_logs):
            numbers.setdefault(self.step_logs[number].first_line, []).append(number)
        found: list[Stretch] = []
        current, end = -1, 0
        for line, text in self.first_lines:
            later = [number for number in numbers.get(text, ()) if number > current]
            # Within a step only a line with a time is believed to begin another.
            if not later or (line <= end and not HAS_TIME.match(text)):
                continue
            current = number = later[0]
            end = line - 1 + self.step_logs[number].line_count
            found.append(Stretch(number, line - 1, self.step_logs[number].line_count))
        return found

    def _between_headings(self, line_count: int) -> list[Stretch]:
        """Steps told by the headings that the runner prints, in the one order that both agree with best.

        A heading can be a step's when it was printed within the step's time. Steps that were skipped print none,
        composite actions print several: the later ones stay with the step.
        """
        ran = ran_steps(self.steps)
        if not ran:
            return []
        starts = _aligned(ran, self.headings)
        if self.set_up_line is not None and (not starts or self.set_up_line < starts[0][0]):
            starts = [(self.set_up_line, ran[0].number), *starts]
        ends = [*(first for first, _ in starts[1:]), line_count + 1]
        return [Stretch(step, first - 1, end - first) for (first, step), end in zip(starts, ends, strict=False)]


def step_log(content: Content) -> StepLog | None:
    """What is needed of a step's log; None when it is empty."""
    if isinstance(content, bytes):
        body = content.removeprefix(BYTE_ORDER_MARK)
        return StepLog(first_line_of(body), body.count(b"\n") + (not body.endswith(b"\n"))) if body else None
    blocks = Blocks(stream_of(content))
    first = None
    for block in blocks:
        first = first_line_of(block) if first is None else first
    return None if first is None else StepLog(first, blocks.line_count)


def first_line_of(head: bytes) -> str:
    """The first line of a log as lines are compared."""
    line = head.removeprefix(BYTE_ORDER_MARK)[: 4 * FIRST_LINE_LENGTH].split(b"\n", 1)[0]
    return line.decode(errors="replace").removesuffix("\r")[:FIRST_LINE_LENGTH]


def ran_steps(steps: Iterable[StepSpan]) -> list[StepSpan]:
    """The steps that began, in order, as far as they are looked at."""
    return sorted((step for step in steps if step.started_at is not None), key=lambda step: step.number)[:MOST_STEPS]


def see(sightings: Mapping[int, Sightings], lines: pl.DataFrame, raw: pl.Series) -> None:
    """Look through some lines, with what they are in the file, of the logs of these jobs; add what tells of steps."""
    first_lines = {log.first_line for each in sightings.values() for log in each.step_logs.values()}
    if first_lines:
        found = lines.select("job_id", "line_number", raw.str.slice(0, FIRST_LINE_LENGTH).alias("text"))
        for job_id, number, text in found.filter(pl.col("text").is_in(list(first_lines))).iter_rows():
            if job_id in sightings and len(sightings[job_id].first_lines) < MOST_SIGHTINGS:
                sightings[job_id].first_lines.append((number, text))
    by_heading = [job_id for job_id, each in sightings.items() if each.steps and not each.step_logs]
    if by_heading:
        _see_headings({job_id: sightings[job_id] for job_id in by_heading}, lines)


def survey(job_id: int, blocks: Iterable[bytes], sightings: Sightings) -> None:
    """As ``see``, for a log that is not read yet: only lines that may tell something are looked at."""
    state = LogState()
    lines_before = 0
    for block in blocks:
        raw = pl.read_lines(io.BytesIO(block.decode(errors="replace").encode())).to_series()
        wanted = raw.str.contains(MAY_TELL)
        wanted = wanted | wanted.shift(1, fill_value=False)
        if lines_before == 0:
            wanted = wanted | (pl.int_range(raw.len(), eager=True) < SET_UP_LINES)
        if sightings.step_logs:
            firsts = [log.first_line for log in sightings.step_logs.values()]
            wanted = raw.str.slice(0, FIRST_LINE_LENGTH).is_in(firsts)
        rows = wanted.arg_true()
        if len(rows):
            some = "\n".join(raw.gather(rows).to_list()).encode()
            page = page_of([Part(job_id, some, state)])
            numbers = rows.cast(pl.Int64) + lines_before + 1
            see({job_id: sightings}, page.lines.with_columns(numbers.alias("line_number")), page.raw)
        lines_before += raw.len()


def _see_headings(sightings: Mapping[int, Sightings], lines: pl.DataFrame) -> None:
    is_group = pl.col("line_text").str.starts_with(GROUP)
    is_heading = pl.col("line_text").str.contains(HEADINGS) & (pl.col("is_command") | ~is_group)
    found = lines.filter(is_heading, pl.col("job_id").is_in(list(sightings)))
    for job_id, *heading in found.select("job_id", "line_number", "logged_at", "line_text").iter_rows():
        if len(sightings[job_id].headings) < MOST_HEADINGS:
            sightings[job_id].headings.append(Heading(*heading))
    for job_id, each in sightings.items():
        first = ran_steps(each.steps)[:1]
        if each.set_up_line is None and first and first[0].name == SET_UP:
            since = (pl.col("job_id") == job_id) & (pl.col("logged_at") >= first[0].started_at)
            each.set_up_line = lines.filter(since)["line_number"].first()  # type: ignore[assignment] # whole numbers


def _aligned(steps: Sequence[StepSpan], headings: Sequence[Heading]) -> list[tuple[int, int]]:
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


def _lateness(step: StepSpan, heading: Heading) -> float | None:
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


def runs_of(stretches: Sequence[Stretch], *, first: int, line_count: int) -> tuple[list[int | None], list[int]]:
    """The step numbers of a piece of a log as runs: each number, and of how many lines it is.

    Args:
        stretches: of the whole log.
        first: lines of the log before the piece.
        line_count: lines of the piece.
    """
    numbers: list[int | None] = []
    lengths: list[int] = []
    done, stop = first, first + line_count
    for index, stretch in enumerate(stretches):
        limit = stretches[index + 1].first if index + 1 < len(stretches) else stop
        start = max(done, stretch.first)
        end = min(stretch.first + stretch.line_count, limit, stop)
        if end <= start:
            continue
        numbers += (None, stretch.step_number)
        lengths += (start - done, end - start)
        done = end
    numbers.append(None)
    lengths.append(stop - done)
    is_some = [length > 0 for length in lengths]
    return list(compress(numbers, is_some)), list(compress(lengths, is_some))
