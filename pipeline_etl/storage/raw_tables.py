"""The ``raw`` schema: the declared tables in DuckDB, and which rows of the lake are in them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb

from pipeline_etl.contracts.render import LOAD_NUMBER, WAREHOUSE_TABLES, duckdb_columns, duckdb_ddl
from pipeline_etl.contracts.tables import LogLines, RunAttempts, Table, table_name
from pipeline_etl.errors import ContractDrift, LakeBusy
from pipeline_etl.storage.durable import disk_full
from pipeline_etl.storage.layout import LakeFile, name_the_corrupt

_LOADED_FILES: Final = """
    CREATE TABLE IF NOT EXISTS raw.loaded_files (
        path VARCHAR PRIMARY KEY,
        table_name VARCHAR NOT NULL,
        row_count BIGINT NOT NULL,
        load_number BIGINT NOT NULL,
        loaded_at TIMESTAMP WITH TIME ZONE
    )
"""


@dataclass(frozen=True, kw_only=True)
class LoadedTable:
    """What a load added to a table."""

    row_count: int
    file_count: int
    """Batches of the lake; for log_lines, whose rows stay in the lake, all there are."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """Which load it is."""

    number: int
    loaded_at: datetime | None


def tables_to_make(connection: duckdb.DuckDBPyConnection) -> list[Table]:
    """The declared tables that are missing, or differ from their declaration."""
    stored = _stored_columns(connection)
    return [table for table in WAREHOUSE_TABLES if stored.get(table_name(table)) != duckdb_columns(table)]


def ensure_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Make every declared table that is missing, and anew those that differ from their declaration.

    Returns a sentence for each one made anew: it is empty now, and what was built from it is gone.
    """
    stored = _stored_columns(connection)
    drifted = []
    for table in tables_to_make(connection):
        columns = stored.get(table_name(table))
        if columns is not None:
            drifted.append(_drop(connection, table, columns=columns))
        connection.execute(duckdb_ddl(table))
    if table_name(LogLines) not in stored:
        show_log_lines(connection, [], root=Path())
    return drifted


def begin_load(connection: duckdb.DuckDBPyConnection, *, loaded_at: datetime | None) -> Load:
    """The load after the last one of this warehouse."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS raw")
    connection.execute(_LOADED_FILES)
    number = _scalar(connection, "SELECT coalesce(max(load_number), 0) + 1 FROM raw.loaded_files")
    return Load(number=number, loaded_at=loaded_at)


def has_run_attempts(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether there is anything to report on."""
    name = table_name(RunAttempts)
    return name in _stored_columns(connection) and _scalar(connection, f"SELECT count(*) FROM raw.{name}") > 0


def use_models(connection: duckdb.DuckDBPyConnection, fingerprint: str) -> bool:
    """Keep which models build the warehouse, and drop what others built; whether there were others."""
    connection.execute("CREATE TABLE IF NOT EXISTS raw.models_in_use (fingerprint VARCHAR NOT NULL)")
    before = [row[0] for row in connection.execute("SELECT fingerprint FROM raw.models_in_use").fetchall()]
    if before == [fingerprint]:
        return False
    drop_models(connection)
    connection.execute("DELETE FROM raw.models_in_use")
    connection.execute("INSERT INTO raw.models_in_use VALUES ($fingerprint)", {"fingerprint": fingerprint})
    return bool(before)


def load_files(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[LakeFile], *, load: Load
) -> LoadedTable:
    """Copy the rows of every batch that is not in the table yet, in one transaction.

    Raises CorruptPartition for a file that cannot be read, ContractDrift for one without a column it must have.
    """
    known = loaded_paths(connection, table)
    whole = [file for file in files if known.isdisjoint(file.batch_paths)]
    partly = [
        file for file in files if not known.isdisjoint(file.batch_paths) and not known.issuperset(file.batch_paths)
    ]
    if not whole and not partly:
        return LoadedTable(row_count=0, file_count=0)
    connection.begin()
    try:
        if whole:
            _insert(connection, table, whole, condition="true", load=load)
        for file in partly:
            _insert(connection, table, [file], condition=_rows_of_new_batches(file, known=known), load=load)
        added = _remember(connection, table, [*whole, *partly], known=known, load=load)
    except duckdb.Error as error:
        connection.rollback()
        if full := disk_full(error, writing="the warehouse"):
            raise full from error
        if not all(file.location.is_file() for file in (*whole, *partly)):
            raise LakeBusy(f"files of {table_name(table)} were merged into others while they were read") from error
        name_the_corrupt([*whole, *partly])
        raise ContractDrift(f"lake files of {table_name(table)} do not fit its declaration: {error}") from error
    connection.commit()
    return added


def forget_vanished(connection: duckdb.DuckDBPyConnection, table: Table, files: Iterable[LakeFile]) -> str | None:
    """Empty a table that holds rows of batches which are no longer in the lake; a sentence that says so, or None."""
    present = {path for file in files for path in file.batch_paths}
    vanished = loaded_paths(connection, table) - present
    if not vanished:
        return None
    _forget(connection, table, statement=f"DELETE FROM raw.{table_name(table)}")
    return f"raw.{table_name(table)} is loaded anew: {len(vanished)} of its files are no longer in the lake"


def show_log_lines(connection: duckdb.DuckDBPyConnection, files: Sequence[LakeFile], *, root: Path) -> LoadedTable:
    """Make ``raw.log_lines`` show the lines in the lake: of each job those read together with its latest log."""
    columns = duckdb_columns(LogLines)
    if not files:
        nothing = ", ".join(f"NULL::{kind} AS {name}" for name, kind in columns.items())
        connection.execute(f"CREATE OR REPLACE VIEW raw.log_lines AS SELECT {nothing} WHERE false")
        return LoadedTable(row_count=0, file_count=0)
    source = f"read_parquet({_literal(_glob(root))}, union_by_name = true, hive_partitioning = false)"
    present = {name for name, *_ in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    shown = ", ".join(
        f"lines.{name}" if name in present else f"NULL::{kind} AS {name}" for name, kind in columns.items()
    )
    connection.execute(f"""
        CREATE OR REPLACE VIEW raw.log_lines AS
        SELECT {shown} FROM {source} AS lines
        SEMI JOIN (
            SELECT provider, repository_id, job_id, max(extracted_at) AS extracted_at FROM raw.job_logs GROUP BY ALL
        ) USING (provider, repository_id, job_id, extracted_at)
    """)
    count = _remember_log_lines(connection, files)
    return LoadedTable(row_count=count, file_count=sum(len(file.batch_paths) for file in files))


def _remember_log_lines(connection: duckdb.DuckDBPyConnection, files: Sequence[LakeFile]) -> int:
    """Note which files the view shows, so that only new ones are opened to count their rows; how many rows it shows."""
    known = loaded_paths(connection, LogLines)
    new = [file for file in files if not known.issuperset(file.batch_paths)]
    if new:
        load = Load(
            number=_scalar(connection, "SELECT coalesce(max(load_number), 1) FROM raw.loaded_files"), loaded_at=None
        )
        _remember(connection, LogLines, new, known=known, load=load)
    present = [path for file in files for path in file.batch_paths]
    connection.execute(
        "DELETE FROM raw.loaded_files WHERE table_name = $table AND NOT list_contains($present, path)",
        {"table": table_name(LogLines), "present": present},
    )
    return _scalar(
        connection,
        "SELECT coalesce(sum(row_count), 0)::BIGINT FROM raw.loaded_files WHERE table_name = $table",
        table=table_name(LogLines),
    )


def _drop(connection: duckdb.DuckDBPyConnection, table: Table, *, columns: dict[str, str]) -> str:
    _forget(connection, table, statement=f"DROP TABLE raw.{table_name(table)}")
    differing = sorted(set(columns.items()) ^ set(duckdb_columns(table).items())) or "their order"
    return f"raw.{table_name(table)} is loaded anew: its columns differ from its declaration in {differing}"


def _forget(connection: duckdb.DuckDBPyConnection, table: Table, *, statement: str) -> None:
    """Take a table's rows out of the warehouse, and with them all that was built from them: dbt makes it again."""
    connection.execute("DELETE FROM raw.loaded_files WHERE table_name = $table", {"table": table_name(table)})
    drop_models(connection)
    connection.execute(statement)


def drop_models(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop everything that dbt built."""
    built = connection.execute(
        "SELECT schema_name FROM duckdb_schemas() "
        "WHERE NOT internal AND database_name = current_database() AND schema_name NOT IN ('raw', 'main')"
    ).fetchall()
    for (schema,) in built:
        quoted = schema.replace('"', '""')
        connection.execute(f'DROP SCHEMA "{quoted}" CASCADE')


def _insert(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[LakeFile], *, condition: str, load: Load
) -> None:
    # Without union_by_name the first file's columns would be taken for all, and newer ones lost without a word.
    source = "read_parquet($files, union_by_name = true, hive_partitioning = false, file_row_number = true)"
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}", {"files": _paths(files)}).fetchall()
    shared = ", ".join(name for name, *_ in described if name in table.columns())
    connection.execute(
        f"INSERT INTO raw.{table_name(table)} BY NAME "
        f"SELECT {shared}, $load_number::BIGINT AS {LOAD_NUMBER} FROM {source} WHERE {condition}",
        {"files": _paths(files), "load_number": load.number},
    )


def _rows_of_new_batches(file: LakeFile, *, known: set[str]) -> str:
    """The condition that picks, out of a compacted file, the rows of batches that were not loaded before."""
    conditions = []
    first = 0
    for batch in file.merged:
        after = first + batch.row_count
        if batch.path not in known:
            conditions.append(f"file_row_number >= {first} AND file_row_number < {after}")
        first = after
    return " OR ".join(conditions)


def _remember(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[LakeFile], *, known: set[str], load: Load
) -> LoadedTable:
    plain = [file for file in files if not file.merged]
    counts = {batch.path: batch.row_count for file in files for batch in file.merged if batch.path not in known}
    if plain:
        rows = connection.execute(
            "SELECT file_name, num_rows FROM parquet_file_metadata($files)", {"files": _paths(plain)}
        ).fetchall()
        by_location = dict(rows)
        counts |= {file.path: by_location[str(file.location)] for file in plain}
    connection.execute(
        "INSERT INTO raw.loaded_files SELECT unnest($paths), $table, unnest($counts), $number, $loaded_at",
        {
            "paths": list(counts),
            "table": table_name(table),
            "counts": list(counts.values()),
            "number": load.number,
            "loaded_at": load.loaded_at,
        },
    )
    return LoadedTable(row_count=sum(counts.values()), file_count=len(counts))


def loaded_paths(connection: duckdb.DuckDBPyConnection, table: Table) -> set[str]:
    """The batches of a table that were brought in; of log_lines those that were there when the view was made."""
    rows = connection.execute(
        "SELECT path FROM raw.loaded_files WHERE table_name = $table", {"table": table_name(table)}
    ).fetchall()
    return {path for (path,) in rows}


def _stored_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Name to type of the columns of everything in ``raw``, in order, by table or view."""
    rows = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = 'raw' ORDER BY table_name, column_index"
    ).fetchall()
    stored: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        stored.setdefault(table, {})[column] = kind
    return stored


def _paths(files: Iterable[LakeFile]) -> list[str]:
    return [str(file.location) for file in files]


def _glob(root: Path) -> str:
    directory = re.sub(r"([\[*?])", r"[\1]", str(root / table_name(LogLines)))
    return f"{directory}/**/*.parquet"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _scalar(connection: duckdb.DuckDBPyConnection, sql: str, **values: object) -> int:
    row = connection.execute(sql, values).fetchone()
    return int(row[0]) if row else 0
