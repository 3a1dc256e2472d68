"""The lake: what was read, as Parquet files that are written once, whole, and never changed."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from pipeline_etl.contracts.tables import (
    TABLES,
    ExtractionProblems,
    LedgerEntries,
    PageValidators,
    Payloads,
    Syncs,
    Table,
    table_name,
)
from pipeline_etl.contracts.vocabulary import ProviderName
from pipeline_etl.errors import LakeBusy
from pipeline_etl.storage.conform import conform, declared_schema, latest_looks, stored_schema
from pipeline_etl.storage.durable import make_directory, prove_room, room_for, sync_directory, sync_file
from pipeline_etl.storage.layout import (
    LakeFile,
    Look,
    Partition,
    check_whole,
    content_digest,
    listing,
    name_the_corrupt,
    new_file_name,
    read_at,
    root_path,
)
from pipeline_etl.storage.locks import exclusive

CLAIMS: Final[tuple[Table, ...]] = (LedgerEntries, PageValidators, Syncs)
"""Tables whose rows say that other rows are stored; written after those, each after the one it relies on.

A validator makes the service answer "not changed", so it must not outlive the ledger entries of its page.
"""

ROW_GROUP_ROWS: Final = 122_880
"""Rows per row group: what DuckDB hands to one thread and skips by its statistics."""

LARGE_ROWS: Final[Mapping[str, int]] = {table_name(Payloads): 256}
"""Rows per row group of tables whose rows are large: a reader that reads one after the other holds no more."""


@dataclass(frozen=True, kw_only=True)
class WrittenBatch:
    """What a batch put into the lake."""

    row_counts: Mapping[Table, int]
    """Rows stored, by table; the ``extraction_problems`` of rejected rows included."""
    rejected_count: int
    """Rows that broke a rule of their table and were left out; ``extraction_problems`` says why."""
    files: tuple[LakeFile, ...]


class Lake:
    """A directory of Parquet files. ``root`` is a path or a ``file:`` URL."""

    def __init__(self, root: Path | str) -> None:
        self.root: Final = root_path(root)

    def write_batch(
        self, frames: Mapping[Table, pl.DataFrame], *, partition: Partition, extracted_at: datetime
    ) -> WrittenBatch:
        """Store rows that belong together; when this returns they survive a power cut.

        Everything is checked before anything is written: rows that break a rule of their table are left out and
        become ``extraction_problems``; ContractDrift is raised for columns that do not fit the declaration. Claims
        (ledger entries, page validators, syncs) are written last: a batch cut off anywhere claims nothing it has not
        stored. Columns every row carries are filled in where a frame lacks them.
        """
        look = Look(partition=partition, extracted_at=extracted_at)
        checked = {table: conform(frame, table, look=look) for table, frame in frames.items()}
        rows = {table: result.rows for table, result in checked.items()}
        found = [result.problems for result in checked.values() if result.problems.height]
        if found:
            given = rows.get(ExtractionProblems)
            rows[ExtractionProblems] = pl.concat([*found, *([] if given is None else [given])])
        files = self._write_all({table: frame for table, frame in rows.items() if frame.height}, look=look)
        return WrittenBatch(
            row_counts={table: frame.height for table, frame in rows.items() if frame.height},
            rejected_count=sum(result.rejected_count for result in checked.values()),
            files=files,
        )

    def files(
        self, table: Table, *, provider: ProviderName | None = None, repository_id: int | None = None
    ) -> list[LakeFile]:
        """The files that hold the rows of a table, or of one repository in it; sorted by path."""
        return list(listing(self.root, table, provider=provider, repository_id=repository_id).standing)

    def last_read_at(self, *, provider: ProviderName, repository_id: int) -> datetime | None:
        """The latest moment at which anything of a repository was read; None when nothing was."""
        pattern = f"*/provider={provider}/repository={repository_id}/month=*/*.parquet"
        moments = (read_at(path.name) for path in self.root.glob(pattern))
        return max((moment for moment in moments if moment), default=None)

    def scan(
        self,
        table: Table,
        *,
        provider: ProviderName | None = None,
        repository_id: int | None = None,
        where: pl.Expr | None = None,
    ) -> pl.LazyFrame:
        """Every look at the things of a table, in the declared types.

        Columns that a file does not have, because it is older than they are, are null. Of rows that a condition on the
        stored columns, where words are text, leaves out nothing but that condition's columns is read. Raises
        CorruptPartition.
        """
        return self.scan_files(table, self.files(table, provider=provider, repository_id=repository_id), where=where)

    def scan_files(self, table: Table, files: Sequence[LakeFile], *, where: pl.Expr | None = None) -> pl.LazyFrame:
        """Every look in some files of a table, as :meth:`scan` gives it."""
        if not files:
            return table.create_empty().lazy()
        check_whole(files)
        stored = pl.scan_parquet(
            [file.location for file in files],
            schema=stored_schema(table),
            missing_columns="insert",
            extra_columns="ignore",
            glob=False,
            hive_partitioning=False,
            parallel="auto" if where is None else "prefiltered",
        )
        return (stored if where is None else stored.filter(where)).cast(declared_schema(table))

    @contextmanager
    def naming_corrupt_files(self, *tables: Table) -> Iterator[None]:
        """Around the collecting of scans: damage inside a file of the tables is raised as CorruptPartition."""
        try:
            yield
        except (pl.exceptions.PolarsError, OSError):
            for table in tables:
                name_the_corrupt(self.files(table))
            raise

    def current(
        self,
        table: Table,
        *,
        provider: ProviderName | None = None,
        repository_id: int | None = None,
        where: pl.Expr | None = None,
    ) -> pl.LazyFrame:
        """The latest look at each thing: one row per key, in no particular order. Raises CorruptPartition.

        A condition is one on the looks, as of :meth:`scan`.
        """
        return latest_looks(self.scan(table, provider=provider, repository_id=repository_id, where=where), table)

    @contextmanager
    def lock(self, purpose: str) -> Iterator[None]:
        """Be the only writer of this lake; LakeBusy names the other one. Not re-entrant; readers need no lock.

        What a killed writer left half-written is removed.
        """
        with room_for(self.root), exclusive(self.root / ".lock", purpose=purpose, busy=LakeBusy):
            for leftover in self._workshop.glob("*"):
                leftover.unlink()
            yield

    def clear(self) -> None:
        """Remove every row of every table. To be called by the lake's only writer.

        The ledger goes first: cut off in the middle, what is left is rows that no claim speaks of.
        """
        for table in (*CLAIMS, *(table for table in TABLES if table not in CLAIMS)):
            for file in self.files(table):
                file.location.unlink()

    def write_file(
        self,
        rows: pl.LazyFrame,
        directory: str,
        *,
        name: Callable[[str], str],
        metadata: Mapping[str, str] | None = None,
    ) -> Path:
        """Make one file of stored rows appear whole in a directory of the lake; its name is not yet synced.

        ``name`` makes the file's name of the digest of its content.
        """
        parent = self.root / directory
        half = self._workshop / f"{secrets.token_hex(8)}.parquet"
        with room_for(parent):
            make_directory(self._workshop)
            make_directory(parent)
            try:
                group_rows = LARGE_ROWS.get(directory.partition("/")[0], ROW_GROUP_ROWS)
                rows.sink_parquet(half, compression="zstd", row_group_size=group_rows, metadata=dict(metadata or {}))
                sync_file(half)
                target = parent / name(content_digest(half))
                half.rename(target)
            except pl.exceptions.PolarsError:
                prove_room(half)  # Polars may lose the system's words
                raise
            finally:
                # On a full disk what is half written must not take the room of what comes next.
                half.unlink(missing_ok=True)
        return target

    @property
    def _workshop(self) -> Path:
        """Where files are written before they are moved to their place; on the same disk, so that moving is atomic."""
        return self.root / ".partial"

    def _write_all(self, frames: Mapping[Table, pl.DataFrame], *, look: Look) -> tuple[LakeFile, ...]:
        facts = [self._write(table, frames[table], look=look) for table in frames if table not in CLAIMS]
        for directory in {file.location.parent for file in facts}:
            sync_directory(directory)
        claims = []
        for table in CLAIMS:
            if table in frames:
                claims.append(self._write(table, frames[table], look=look))
                sync_directory(claims[-1].location.parent)
        return (*facts, *claims)

    def _write(self, table: Table, rows: pl.DataFrame, *, look: Look) -> LakeFile:
        written = self.write_file(
            rows.lazy().cast(stored_schema(table)),
            look.partition.directory(table).as_posix(),
            name=partial(new_file_name, extracted_at=look.extracted_at),
        )
        return LakeFile(root=self.root, path=written.relative_to(self.root).as_posix())
