"""What was kept → lake, once more: a better reading of old answers, after the service has forgotten them.

Kept are answers (payloads) and workflow files. A row that another reading makes of one is written under the moment of
what it was read from and one microsecond: later than the row it corrects, earlier than any later look. With it goes a
copy of what it was read from, so that no row is later than its original. From this follows that an old answer never
overrules a later one, nor a row whose answer was not kept, and that a replay cut off anywhere is made whole by the
next.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any, Final

import polars as pl

from pipeline_etl.contracts.tables import ExtractionProblems, Payloads, Repositories, Table, table_name
from pipeline_etl.contracts.vocabulary import ProviderName
from pipeline_etl.errors import ContentError, PayloadError, PipelineError, UnknownName
from pipeline_etl.extraction.originals import LISTED, OF_A_MONTH, ORIGINALS, REBUILT, Originals
from pipeline_etl.extraction.outcome import OnProgress, Progress
from pipeline_etl.extraction.rows import MESSAGE_LIMIT, Frames, joined, stamped
from pipeline_etl.extraction.standing import NEXT, Standing
from pipeline_etl.parsing.redaction import redact
from pipeline_etl.storage import Lake, LakeFile, Partition, latest_looks

BATCH_SIZE: Final = 250
"""Originals that are read and written together. Their rows, and those of one month, are all that is held."""

ADVICE: Final = "What was kept stays as it is, and so do the rows read from it; please open an issue with this message."

NUMBER: Final = "original_number"
"""Column of rows read again: which original of their batch they are from."""


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What came of reading all that is kept of one repository again: rows by table."""

    repository_name: str
    read_counts: Counter[str] = field(default_factory=Counter)
    """Read again."""
    written_counts: Counter[str] = field(default_factory=Counter)
    """Written, since they were not stored just so."""
    unkept_counts: Counter[str] = field(default_factory=Counter)
    """Stored, and nothing is kept that could be read again."""
    unread: list[PipelineError] = field(default_factory=list)
    """Why an original could not be read, one for each."""


def replay(lake: Lake, *, repository_name: str | None, on_progress: OnProgress) -> list[Replay]:
    """Read all that is kept again, of one repository or of all, and store the rows that differ.

    Rows are added and corrected; none is removed.

    Raises:
        LakeBusy: another process writes to the lake.
        UnknownName: nothing is kept of the repository.
        CorruptPartition: a file of the lake is damaged.
    """
    with lake.lock("replaying"), lake.naming_corrupt_files(*ORIGINALS, *REBUILT):
        names = _kept(lake)
        if repository_name is not None:
            names = {place: name for place, name in names.items() if name.lower() == repository_name.lower()}
            if not names:
                raise UnknownName(f"nothing is kept of a repository {repository_name!r}")
        return [
            _Replaying(lake, place, name=name, on_progress=on_progress).run() for place, name in sorted(names.items())
        ]


def _kept(lake: Lake) -> dict[tuple[ProviderName, int], str]:
    """The repositories of which anything is kept, and their names."""
    told = lake.current(Repositories).select("provider", "repository_id", "repository_name").collect()
    names = {(provider, repository_id): name for provider, repository_id, name in told.iter_rows()}
    partitions = {file.partition for table in ORIGINALS for file in lake.files(table)}
    places = {(partition.provider, partition.repository_id) for partition in partitions}
    return {place: names.get(place, f"repository {place[1]}") for place in places}


class _Replaying:
    """The replay of one repository, month by month."""

    def __init__(self, lake: Lake, place: tuple[ProviderName, int], *, name: str, on_progress: OnProgress) -> None:
        self._lake: Final = lake
        self._provider, self._repository_id = place
        self._originals: Final = Originals(lake, *place)
        self._on_progress: Final = on_progress
        self._latest: Final = {table: self._latest_of(table) for table in ORIGINALS}
        self._listed: Final = Standing(lambda table: self._rows(self._files(table), table))
        self.came_of_it: Final = Replay(repository_name=name)

    def run(self) -> Replay:
        """All of it."""
        total, done = sum(map(len, self._latest.values())), 0
        for month in sorted({file.partition.month for table in (*ORIGINALS, *REBUILT) for file in self._files(table)}):
            of_month = Standing(self._reader_of(month))
            for original in ORIGINALS:
                for batch in self._batches(original, month):
                    self._replay(original, batch, of_month, month)
                    done += len(batch)
                    self._tell(done, total)
            self._count_unkept(of_month, OF_A_MONTH)
        self._count_unkept(self._listed, LISTED)
        return self.came_of_it

    def _replay(self, original: Table, batch: pl.DataFrame, of_month: Standing, month: date) -> None:
        """Read a batch of originals again and write what differs."""
        parts, problems = self._reread(original, batch)
        writing: Frames = {}
        corrected: set[int] = set()
        for table, rows in joined(parts).items():
            standing = self._listed if table in LISTED else of_month
            self.came_of_it.read_counts[table_name(table)] += len(rows)
            differing = standing.differing(rows, table)
            corrected.update(differing.filter("is_corrected")[NUMBER])
            writing[table] = differing.select(table.columns().keys())
            standing.replace(writing[table], table)
        if problems:
            told = pl.DataFrame(problems, schema=ExtractionProblems.create_empty().drop(self._context).schema)
            found = stamped(told, ExtractionProblems, self._context)
            writing[ExtractionProblems] = of_month.differing(found, ExtractionProblems).select(found.columns)
        self.came_of_it.written_counts.update({table_name(table): len(rows) for table, rows in writing.items()})
        again = batch[sorted(corrected)].with_columns(pl.col("extracted_at") + NEXT)
        # Originals first: cut off in between, rows are older than what they were read from, and are read again.
        filled = {table: rows for table, rows in {original: again, **writing}.items() if len(rows)}
        if filled:
            moments = pl.concat([rows["extracted_at"] for rows in filled.values()])
            partition = Partition(self._provider, self._repository_id, month)
            self._lake.write_batch(filled, partition=partition, extracted_at=moments.sort()[-1])

    def _reread(self, original: Table, batch: pl.DataFrame) -> tuple[list[Frames], list[dict[str, Any]]]:
        """The rows of a batch, with which original of it they are from, and what could not be read."""
        parts: list[Frames] = []
        problems: list[dict[str, Any]] = []
        for number, row in enumerate(batch.iter_rows(named=True)):
            context = {**self._context, "extracted_at": row["extracted_at"]}
            try:
                frames = self._originals.reread(original, row)
            except (PayloadError, ContentError) as error:
                self.came_of_it.unread.append(error)
                problems.append({**_problem(error, original, row), "extracted_at": row["extracted_at"]})
                continue
            parts.append(
                {
                    table: stamped(frame, table, context).with_columns(pl.lit(number).alias(NUMBER))
                    for table, frame in frames.items()
                    if len(frame)
                }
            )
        return parts, problems

    def _batches(self, original: Table, month: date) -> Iterator[pl.DataFrame]:
        """The latest look at each original that lies in a month, so many looks at a time."""
        looks = self._lake.scan_files(original, self._files_of(original, month))
        look_count = looks.select(pl.len()).collect().item()
        for first in range(0, look_count, BATCH_SIZE):
            # One slice after the other: reading in batches, Polars holds what is still to come.
            some = looks.slice(first, BATCH_SIZE).collect()
            yield some.join(self._latest[original], on=self._latest[original].columns, how="semi")

    def _latest_of(self, original: Table) -> pl.DataFrame:
        looks = self._lake.scan(original, provider=self._provider, repository_id=self._repository_id)
        return looks.group_by(original.primary_key()).agg(pl.col("extracted_at").max()).collect()

    def _reader_of(self, month: date) -> Callable[[Table], pl.DataFrame]:
        return lambda table: self._rows(self._files_of(table, month), table)

    def _rows(self, files: list[LakeFile], table: Table) -> pl.DataFrame:
        return latest_looks(self._lake.scan_files(table, files), table).collect()

    def _files(self, table: Table) -> list[LakeFile]:
        return self._lake.files(table, provider=self._provider, repository_id=self._repository_id)

    def _files_of(self, table: Table, month: date) -> list[LakeFile]:
        return [file for file in self._files(table) if file.partition.month == month]

    @property
    def _context(self) -> dict[str, Any]:
        return {"provider": self._provider, "repository_id": self._repository_id}

    def _count_unkept(self, standing: Standing, tables: Iterable[Table]) -> None:
        for table in tables:
            self.came_of_it.unkept_counts[table_name(table)] += standing.unmet(table)

    def _tell(self, done: int, total: int) -> None:
        name = self.came_of_it.repository_name
        self._on_progress(Progress(repository_name=name, stage="reading again", done=done, total=total))


def _problem(error: PipelineError, original: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of ExtractionProblems without context columns; equal for the same original met again."""
    kind = row["payload_kind"] if original is Payloads else table_name(original)
    item_id = row["item_id"] if original is Payloads else f"{row['workflow_path']}@{row['workflow_file_id']}"
    return {
        "problem_id": sha256(f"replayed\n{kind}\n{item_id}".encode()).hexdigest()[:32],
        "problem_kind": type(error).__name__,
        "item_kind": kind,
        "item_id": item_id,
        "message": redact(str(error))[0][:MESSAGE_LIMIT],
        "advice": ADVICE,
    }
