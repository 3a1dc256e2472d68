"""The logs of jobs: their lines, and what the rules read out of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

import polars as pl

from pipeline_etl.contracts.tables import JobLogs, LogLines, Table
from pipeline_etl.errors import ContentError
from pipeline_etl.parsing.content import Content, stream_of
from pipeline_etl.parsing.log_blocks import BLOCK_BYTES, Blocks
from pipeline_etl.parsing.log_lines import LogState, Part, page_of
from pipeline_etl.parsing.log_rules import RULES
from pipeline_etl.parsing.log_rules.rule import (
    LINE,
    LINES_BEFORE,
    MOST_HITS,
    Line,
    RuleReader,
    known_columns,
    lines_with,
)
from pipeline_etl.parsing.log_steps import Sightings, StepSpan, Stretch, runs_of, see, step_log, survey
from pipeline_etl.parsing.runs import repeated

LOOKED_FOR: Final = "|".join(f"(?:{rule.looks_for})" for rule in RULES if rule.looks_for is not None)

NO_STEP_LOGS: Final[Mapping[int, Content]] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class JobLog:
    """A log to be read, and what is known of its job."""

    job_id: int
    content: Content
    """The whole log, as the service gave it."""
    steps: Sequence[StepSpan] = ()
    """The steps of the job, in any order; none when they are not known."""
    step_logs: Mapping[int, Content] = field(default_factory=lambda: NO_STEP_LOGS)
    """The logs of its steps by step number, where the service gave them too; some may be missing."""


@dataclass(frozen=True)
class JobLogRows:
    """Rows of some logs, with job_id and without the other context columns."""

    frames: Mapping[Table, pl.DataFrame]
    """LogLines; and of the logs that ended in these a row of JobLogs, and rows of every table that a rule emits."""
    refused: Mapping[int, ContentError] = field(default_factory=dict)
    """Why the logs of some jobs could not be read, by job. Of a large one lines may have been given before."""


def read_job_logs(logs: Iterable[JobLog]) -> Iterator[JobLogRows]:
    """Everything that the logs of jobs say, in pieces of bounded size, in order.

    Small logs come many at a time, a large one in several pieces. An empty log is a log of no lines: nothing is known
    from it. No two of the logs may be of one job.
    """
    pieces = _Pieces()
    for log in logs:
        reading = _Reading(log)
        try:
            for block in reading.blocks():
                if pieces.must_go_before(reading):
                    yield pieces.rows()
                pieces.add(reading, block)
        except ContentError as error:
            pieces.refuse(log.job_id, error)
        else:
            pieces.end(reading)
        if pieces.byte_count >= BLOCK_BYTES:
            yield pieces.rows()
    yield pieces.rows()


@dataclass(eq=False)
class _Reading:
    """One log while it is read."""

    log: JobLog
    state: LogState = field(default_factory=LogState)
    readers: Sequence[RuleReader] = field(default_factory=lambda: [rule.reader() for rule in RULES])
    hit_counts: list[int] = field(default_factory=lambda: [0] * len(RULES))
    sightings: Sightings = field(default_factory=Sightings)
    is_large: bool = False
    """Whether it is more than one piece; its steps are then looked for before its lines are read."""
    byte_count: int = 0
    stretches: list[Stretch] | None = None
    last_lines: pl.DataFrame | None = None

    def blocks(self) -> Iterator[bytes]:
        """The pieces of the log."""
        step_logs = {number: known for number, log in self.log.step_logs.items() if (known := step_log(log))}
        self.sightings = Sightings(steps=self.log.steps, step_logs=step_logs)
        blocks = Blocks(stream_of(self.log.content))
        waiting: bytes | None = None
        for block in blocks:
            if waiting is not None:
                if not self.is_large and (self.log.steps or step_logs):
                    survey(self.log.job_id, Blocks(stream_of(self.log.content)), self.sightings)
                self.is_large = True
                yield waiting
            waiting = block
        self.byte_count = blocks.byte_count
        if waiting is not None:
            yield waiting

    def steps(self, line_count: int) -> list[Stretch]:
        if self.stretches is None:
            self.stretches = self.sightings.stretches(line_count=line_count)
        return self.stretches

    def line_in_step(self, line_number: int | None, step_number: int | None) -> int | None:
        """Which line of its step a line of the log is, from 1."""
        if line_number is None:
            return None
        of_step = (stretch for stretch in self.stretches or () if stretch.step_number == step_number)
        places = ((line_number - stretch.first, stretch.line_count) for stretch in of_step)
        return next((place for place, line_count in places if 0 < place <= line_count), None)

    def rows(self, rule: int) -> Iterator[dict[str, Any]]:
        """What a rule read, when the log is over."""
        is_placed = "step_line_number" in RULES[rule].table.columns()
        for row in self.readers[rule].rows(line_count=self.state.line_count):
            place = {"step_line_number": self.line_in_step(row["line_number"], row["step_number"])} if is_placed else {}
            yield {"job_id": self.log.job_id, **row, **place}

    def read(self, rule: int, hits: Iterable[Line]) -> None:
        """Let a rule read lines that it looks at."""
        read = self.readers[rule].read
        for line in islice(hits, max(0, MOST_HITS - self.hit_counts[rule])):
            read(line)
            self.hit_counts[rule] += 1

    def summary(self) -> dict[str, Any]:
        return {
            "job_id": self.log.job_id,
            "line_count": self.state.line_count,
            "log_bytes": self.byte_count,
            "redaction_count": self.state.redaction_count,
            "truncated_line_count": self.state.truncated_line_count,
            "first_line_at": self.state.first_line_at,
            "last_line_at": self.state.last_line_at,
        }


@dataclass
class _Pieces:
    """Pieces of logs, no two of one, that are going to be rows together."""

    parts: list[tuple[_Reading, Part]] = field(default_factory=list)
    ended: list[_Reading] = field(default_factory=list)
    refused: dict[int, ContentError] = field(default_factory=dict)
    byte_count: int = 0

    def must_go_before(self, reading: _Reading) -> bool:
        return bool(self.parts) and (self.parts[-1][0] is reading or self.byte_count >= BLOCK_BYTES)

    def add(self, reading: _Reading, block: bytes) -> None:
        self.parts.append((reading, Part(reading.log.job_id, block, reading.state)))
        self.byte_count += len(block)

    def refuse(self, job_id: int, error: ContentError) -> None:
        self.refused[job_id] = error
        self.parts = [(reading, part) for reading, part in self.parts if part.job_id != job_id]

    def end(self, reading: _Reading) -> None:
        self.ended.append(reading)

    def rows(self) -> JobLogRows:
        """Rows of what is in hand, which is then let go."""
        lines = self._lines() if self.parts else _NO_LINES
        if self.parts:
            self._apply_rules(lines)
        frames: dict[Table, pl.DataFrame] = {
            JobLogs: _frame_of(JobLogs, [reading.summary() for reading in self.ended]),
            LogLines: lines.select("job_id", "line_number", "logged_at", "step_number", "line_text"),
        }
        for number, rule in enumerate(RULES):
            frames[rule.table] = _frame_of(
                rule.table,
                [row for reading in self.ended for row in reading.rows(number)],
            )
        rows = JobLogRows(frames, self.refused)
        self.parts, self.ended, self.refused, self.byte_count = [], [], {}, 0
        return rows

    def _lines(self) -> pl.DataFrame:
        before = [reading.state.line_count for reading, _ in self.parts]
        page = page_of([part for _, part in self.parts])
        see(
            {reading.log.job_id: reading.sightings for reading, _ in self.parts if not reading.is_large},
            page.lines,
            page.raw,
        )
        numbers: list[int | None] = []
        lengths: list[int] = []
        for (reading, _), first in zip(self.parts, before, strict=True):
            line_count = reading.state.line_count
            runs = runs_of(reading.steps(line_count), first=first, line_count=line_count - first)
            numbers += runs[0]
            lengths += runs[1]
        return page.lines.with_columns(repeated(numbers, lengths).alias("step_number"))

    def _apply_rules(self, lines: pl.DataFrame) -> None:
        first, last = self.parts[0][0], self.parts[-1][0]
        before = first.last_lines if first.last_lines is not None else lines.clear()
        readings = {reading.log.job_id: reading for reading, _ in self.parts}
        picked = lines_with(lines, LOOKED_FOR) if LOOKED_FOR else lines
        for number, rule in enumerate(RULES):
            looked_at = lines if rule.looks_for is None else picked
            hits = looked_at if looked_at.is_empty() else rule.hits(looked_at, before=before)
            if hits.is_empty():
                continue
            # Lists of numbers and texts, and one line at a time: a list of lines is what the collector of garbage
            # would go through again and again.
            mark = pl.col("mark") if "mark" in hits.columns else pl.lit(0)
            columns = [column.to_list() for column in hits.select(*LINE, mark.alias("mark"), "job_id").get_columns()]
            found = map(Line._make, zip(*columns, strict=True))
            for job_id, of_job in groupby(found, attrgetter("job_id")):
                readings[job_id].read(number, of_job)
        if last.is_large:
            last.last_lines = lines.tail(LINES_BEFORE).filter(pl.col("job_id") == last.log.job_id)


_NO_LINES: Final = pl.DataFrame(schema={"job_id": pl.Int64, **known_columns(LogLines)})


def _frame_of(table: Table, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows in the columns a parser knows, typed as the table declares."""
    return pl.DataFrame(rows, schema={"job_id": pl.Int64, **known_columns(table)}, orient="row")


__all__ = ["JobLog", "JobLogRows", "StepSpan", "read_job_logs"]
