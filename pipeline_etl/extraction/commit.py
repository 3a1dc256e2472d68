"""What was read → lake: batches of one month, rows before the ledger that speaks of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Final

import polars as pl

from pipeline_etl.contracts.tables import (
    Artifacts,
    ExtractionProblems,
    LedgerEntries,
    Payloads,
    Table,
    Workflows,
    table_name,
)
from pipeline_etl.extraction.rows import (
    Frames,
    Reading,
    changed_rows,
    joined,
    ledger_frame,
    month_of,
    problem_frame,
    same_things,
    stamped,
)
from pipeline_etl.providers import Payload, Repository
from pipeline_etl.storage import Lake, Partition

Clock = Callable[[], datetime]

CONTEXT: Final = ("provider", "repository_id", "extracted_at")
"""Columns that a provider leaves out and the commit adds."""

ITEMS: Final[Mapping[Table, str]] = {Workflows: "workflow_id", Artifacts: "artifact_id"}
"""Tables of which every row has an answer of its own, and the column with its id."""


def ever_later(clock: Clock, *, than: datetime | None) -> Clock:
    """A clock whose every reading is later than the one before, the first later than a moment, whatever ours does.

    Of two looks at a thing the one read later stands: were ours set back, an old look would hide a new one.
    """
    last = than

    def moment() -> datetime:
        nonlocal last
        now = clock()
        last = now if last is None or now > last else last + timedelta(microseconds=1)
        return last

    return moment


@dataclass(frozen=True, kw_only=True)
class Committer:
    """Writes what was read of one repository, and counts it."""

    lake: Lake
    repository: Repository
    clock: Clock
    known_until_at: datetime
    is_archiving_payloads: bool
    row_counts: dict[str, int] = field(default_factory=dict)
    """Rows written so far, by table."""
    _one_at_a_time: Lock = field(default_factory=Lock, repr=False)

    def commit(self, readings: Sequence[Reading]) -> None:
        """Write readings, one batch per month, and one for each of which something is stored already."""
        batches: dict[tuple[date, datetime | None], list[Reading]] = {}
        for reading in readings:
            month = reading.month or month_of(self.known_until_at)
            batches.setdefault((month, reading.read_at), []).append(reading)
        for (month, read_at), together in batches.items():
            self.write(self._batch(together), month=month, read_at=read_at)

    def store_early(self, frames: Frames, reading: Reading) -> None:
        """Write rows of a reading before it is whole, under the moment under which the rest will be."""
        with self._one_at_a_time:
            reading.read_at = reading.read_at or self.clock()
            self._write(frames, reading.month, reading.read_at)

    def write_changed(
        self, frames: Mapping[Table, pl.DataFrame], *, payloads: Mapping[Table, Sequence[Payload]] | None = None
    ) -> None:
        """Write the rows that are not stored just so already, and the answers they were read from."""
        changed = {table: self._changed(frame, table) for table, frame in frames.items()}
        read_from = [
            payload
            for table, answers in (payloads or {}).items()
            for payload in _answers_of(changed[table], answers, item=ITEMS.get(table))
        ]
        # Answers first: cut off in between, the rows are changed still, and come again.
        self.write({**self._kept(read_from), **changed})

    def write(
        self, frames: Mapping[Table, pl.DataFrame], *, month: date | None = None, read_at: datetime | None = None
    ) -> None:
        """Write a batch; without a month it belongs to that in which the sync ends. No rows, no files.

        Several threads may write, one after the other.
        """
        with self._one_at_a_time:
            self._write(frames, month, read_at or self.clock())

    def _write(self, frames: Mapping[Table, pl.DataFrame], month: date | None, extracted_at: datetime) -> None:
        values = (self.repository.provider, self.repository.repository_id, extracted_at)
        context = dict(zip(CONTEXT, values, strict=True))
        rows = {table: stamped(frame, table, context) for table, frame in frames.items() if len(frame)}
        if not rows:
            return
        partition = Partition(
            self.repository.provider, self.repository.repository_id, month or month_of(self.known_until_at)
        )
        written = self.lake.write_batch(rows, partition=partition, extracted_at=extracted_at)
        for table, count in written.row_counts.items():
            name = table_name(table)
            self.row_counts[name] = self.row_counts.get(name, 0) + count

    def current(self, table: Table, *, where: pl.Expr | None = None) -> pl.DataFrame:
        """The rows of this repository that stand in the lake, of all things or of some."""
        return self.lake.current(
            table, provider=self.repository.provider, repository_id=self.repository.repository_id, where=where
        ).collect()

    def _changed(self, frame: pl.DataFrame, table: Table) -> pl.DataFrame:
        return changed_rows(frame, self.current(table, where=same_things(frame, table))) if len(frame) else frame

    def _batch(self, readings: Sequence[Reading]) -> Frames:
        frames = joined([frame for reading in readings for frame in reading.frames])
        frames |= self._kept([payload for reading in readings for payload in reading.payloads])
        frames[LedgerEntries] = ledger_frame(seen for reading in readings for seen in reading.seen)
        frames[ExtractionProblems] = problem_frame(problem for reading in readings for problem in reading.problems)
        return frames

    def _kept(self, payloads: Sequence[Payload]) -> Frames:
        if not payloads or not self.is_archiving_payloads:
            return {}
        return {Payloads: pl.DataFrame([asdict(payload) for payload in payloads])}


def _answers_of(changed: pl.DataFrame, answers: Sequence[Payload], *, item: str | None) -> Sequence[Payload]:
    """The answers from which changed rows were read: of a list that is one answer, all of it."""
    if item is None:
        return answers if len(changed) else ()
    ids = frozenset(changed[item].cast(pl.String))
    return [payload for payload in answers if payload.item_id in ids]


def empty_answer(table: Table) -> pl.DataFrame:
    """No rows, with the columns a provider gives."""
    return table.create_empty().drop(CONTEXT)
