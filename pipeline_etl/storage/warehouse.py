"""The warehouse: a DuckDB file that is built beside the one people read, and takes its place with one rename."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb

from pipeline_etl.contracts.render import WAREHOUSE_TABLES
from pipeline_etl.contracts.tables import LogLines, Table, table_name
from pipeline_etl.errors import EmptyPublish, NotLoaded, WarehouseBusy
from pipeline_etl.storage.durable import disk_full, room_for, sync_directory, sync_file
from pipeline_etl.storage.lake import Lake
from pipeline_etl.storage.locks import exclusive
from pipeline_etl.storage.published import connected, read_published
from pipeline_etl.storage.raw_tables import (
    Load,
    LoadedTable,
    begin_load,
    ensure_tables,
    forget_vanished,
    has_run_attempts,
    load_files,
    loaded_paths,
    show_log_lines,
    tables_to_make,
    use_models,
)


class Warehouse:
    """The published file and the right to build the next one."""

    def __init__(self, path: Path | str) -> None:
        self.path: Final = Path(path).absolute()

    @property
    def build_path(self) -> Path:
        """Where the next warehouse is built: always the same path, since dbt reads its models anew when it changes."""
        return self.path.with_name(f"{self.path.stem}.building{self.path.suffix}")

    def read(self) -> duckdb.DuckDBPyConnection:
        """A read-only connection to the published warehouse, as :func:`read_published` gives it."""
        return read_published(self.path)

    @contextmanager
    def building(self, *, loaded_at: datetime | None = None) -> Iterator["Build"]:
        """Begin the next warehouse as a copy of the published one; WarehouseBusy while another process builds.

        What is built and not published stays beside the warehouse, to be looked at, until the next build begins.
        ``loaded_at`` is kept with every file that is loaded.
        """
        lock = self.path.with_name(f"{self.path.name}.lock")
        with room_for(self.path.parent), exclusive(lock, purpose="building the warehouse", busy=WarehouseBusy):
            yield Build(published=self.path, path=self.build_path, loaded_at=loaded_at)


class Build:
    """A warehouse in the making. Between calls no connection is open, so that dbt can write to ``path``."""

    def __init__(self, *, published: Path, path: Path, loaded_at: datetime | None) -> None:
        self._published: Final = published
        self.path: Final = path
        self.notices: list[str] = []
        """Sentences on what had to be made anew from the lake, for the person who waits for it."""
        self._not_loaded: Final[set[Table]] = set()
        try:
            self._copy_published()
            self._load, self._had_runs = self._begin(loaded_at=loaded_at)
        except duckdb.Error as error:
            if full := disk_full(error, writing=str(path)):
                raise full from error
            self.notices.append(f"the warehouse is made anew from the lake: {published} cannot be used: {error}")
            _remove(self.path)
            self._load, self._had_runs = self._begin(loaded_at=loaded_at)

    def loaded_paths(self, tables: Sequence[Table]) -> dict[Table, frozenset[str]]:
        """The files, or batches in compacted ones, that were brought in by this load or an earlier one."""
        with connected(self.path) as connection:
            return {table: frozenset(loaded_paths(connection, table)) for table in tables}

    def load(self, table: Table, lake: Lake) -> LoadedTable:
        """Bring the batches of a table that are new in the lake into ``raw``, as :meth:`load_all` does."""
        return self.load_all([table], lake)[table]

    def load_all(self, tables: Sequence[Table], lake: Lake) -> dict[Table, LoadedTable]:
        """Bring the batches of some tables that are new in the lake into ``raw``, each exactly once.

        For log_lines, which stay in the lake, the view over them is made. Raises CorruptPartition, ContractDrift and
        LakeBusy.
        """
        # Opened once for all: to open a warehouse takes longer than to look for what is new of a table.
        with connected(self.path) as connection:
            return {table: self._load_table(connection, table, lake) for table in tables}

    def _load_table(self, connection: duckdb.DuckDBPyConnection, table: Table, lake: Lake) -> LoadedTable:
        files = lake.files(table)
        if table is LogLines:
            return show_log_lines(connection, files, root=lake.root)
        if table not in WAREHOUSE_TABLES:
            raise ValueError(f"{table.__name__} is kept in the lake only")
        vanished = forget_vanished(connection, table, files)
        if vanished is not None:
            self.notices.append(vanished)
        added = load_files(connection, table, files, load=self._load)
        self._not_loaded.discard(table)
        return added

    def use_models(self, fingerprint: str) -> None:
        """Say which models will build what is in it; what others built is dropped.

        Incremental models touch new rows only: without this, old rows would keep the logic of the day they came, and a
        column that a model gained would fail the night.

        Raises NotLoaded when a table was declared anew and not loaded since: marts of empty tables are wrong.
        """
        if self._not_loaded:
            names = ", ".join(sorted(f"raw.{table_name(table)}" for table in self._not_loaded))
            raise NotLoaded(f"{names} of {self._published} were declared anew and are empty until they are loaded")
        with connected(self.path) as connection:
            if use_models(connection, fingerprint):
                self.notices.append("the marts are built anew: the models have changed since they were built")

    def publish(self) -> None:
        """Put the build in the place of the published warehouse; readers keep what they have open.

        Raises EmptyPublish, and changes nothing, when all run attempts would be gone.
        """
        with connected(self.path) as connection:
            if self._had_runs and not has_run_attempts(connection):
                raise EmptyPublish(f"no run attempts are in the new warehouse; {self._published} is left as it was")
            connection.execute("CHECKPOINT")
        sync_file(self.path)
        # A log left by someone who wrote to the old file would be replayed into the new one.
        _wal(self._published).unlink(missing_ok=True)
        self.path.replace(self._published)
        sync_directory(self._published.parent)

    def _copy_published(self) -> None:
        self._refuse_company()
        _remove(self.path)
        if self._published.is_file():
            shutil.copyfile(self._published, self.path)

    def _refuse_company(self) -> None:
        """The lock falls with the process that held it; the dbt that process had started may still be at it."""
        if not self.path.is_file():
            return
        try:
            connected(self.path).close()
        except duckdb.Error as error:
            if "lock on file" in str(error):
                left = f"{self.path} is still written to by what a killed run had started: {error}"
                raise WarehouseBusy(left) from error

    def _begin(self, *, loaded_at: datetime | None) -> tuple[Load, bool]:
        with connected(self.path) as connection:
            had_runs = has_run_attempts(connection)
            load = begin_load(connection, loaded_at=loaded_at)
            self._not_loaded.update(tables_to_make(connection) if had_runs else [])
            self.notices.extend(ensure_tables(connection))
        return load, had_runs


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    _wal(path).unlink(missing_ok=True)
