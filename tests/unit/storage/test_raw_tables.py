from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipeline_etl.contracts.render import WAREHOUSE_TABLES
from pipeline_etl.contracts.tables import JobLogs, Jobs, LogLines, Steps, table_name
from pipeline_etl.errors import ContractDrift, CorruptPartition
from pipeline_etl.storage import Lake, LoadedTable, Partition, compact, compaction
from pipeline_etl.storage.raw_tables import (
    begin_load,
    ensure_tables,
    forget_vanished,
    has_run_attempts,
    load_files,
    show_log_lines,
)

NOW = datetime(2026, 8, 21, 3, 0, tzinfo=UTC)


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        begin_load(connection, loaded_at=NOW)
        ensure_tables(connection)
        yield connection


def load(database: duckdb.DuckDBPyConnection, lake: Lake) -> LoadedTable:
    return load_files(database, Jobs, lake.files(Jobs), load=begin_load(database, loaded_at=NOW))


def loaded(database: duckdb.DuckDBPyConnection) -> list[tuple[int, int]]:
    return database.execute("SELECT job_id, load_number FROM raw.jobs ORDER BY ALL").fetchall()


def test_every_declared_table_and_the_view_of_log_lines_are_there_from_the_start(
    database: duckdb.DuckDBPyConnection,
) -> None:
    names = {name for (name,) in database.execute("SELECT table_name FROM information_schema.tables").fetchall()}

    assert names == {*map(table_name, WAREHOUSE_TABLES), "log_lines", "loaded_files"}
    assert database.execute("SELECT count(*) FROM raw.log_lines").fetchone() == (0,)
    assert not has_run_attempts(database)


def test_a_batch_is_loaded_once_however_often_it_is_offered(
    database: duckdb.DuckDBPyConnection, lake: Lake, rows: Callable, write: Callable
) -> None:
    write({Jobs: rows(Jobs, 2, job_id=[1, 2])})

    assert load(database, lake) == LoadedTable(row_count=2, file_count=1)
    assert load(database, lake) == LoadedTable(row_count=0, file_count=0)
    write({Jobs: rows(Jobs, job_id=3)})
    assert load(database, lake) == LoadedTable(row_count=1, file_count=1)
    assert loaded(database) == [(1, 1), (2, 1), (3, 2)]


def test_the_book_of_loaded_files_says_which_how_many_rows_and_when(
    database: duckdb.DuckDBPyConnection, lake: Lake, rows: Callable, write: Callable
) -> None:
    write({Jobs: rows(Jobs, 2)})

    load(database, lake)

    (file,) = lake.files(Jobs)
    assert database.execute("FROM raw.loaded_files").fetchall() == [(file.path, "jobs", 2, 1, NOW)]


@pytest.mark.parametrize("loaded_before", [(), (0,), (2,), (0, 2), (1, 3), (0, 1, 2, 3)])
def test_a_compacted_file_brings_only_the_batches_not_loaded_before(
    database: duckdb.DuckDBPyConnection,
    lake: Lake,
    rows: Callable,
    write: Callable,
    monkeypatch: pytest.MonkeyPatch,
    loaded_before: tuple[int, ...],
) -> None:
    monkeypatch.setattr(compaction, "MOST_FILES", (3,))
    for batch in range(4):
        write({Jobs: rows(Jobs, batch + 1, job_id=range(10 * batch, 11 * batch + 1))})
    files = lake.files(Jobs)
    some = [files[batch] for batch in loaded_before]
    load_files(database, Jobs, some, load=begin_load(database, loaded_at=NOW))
    compact(lake, Jobs)

    added = load(database, lake)

    everything = [10 * batch + row for batch in range(4) for row in range(batch + 1)]
    assert [job_id for job_id, _ in loaded(database)] == everything
    assert added.file_count == 4 - len(loaded_before)
    assert load(database, lake).row_count == 0


def test_an_older_file_without_a_nullable_column_is_loaded_with_nulls(
    database: duckdb.DuckDBPyConnection, lake: Lake, rows: Callable, write: Callable
) -> None:
    for job_id in (1, 2):
        write({Jobs: rows(Jobs, job_id=job_id, job_url="https://example.org")})
    rewrite(lake, lambda frame: frame.drop("job_url"))

    load(database, lake)

    assert database.execute("SELECT job_url FROM raw.jobs ORDER BY job_id").fetchall() == [
        (None,),
        ("https://example.org",),
    ]


def test_a_file_without_a_column_it_must_have_is_drift_and_loads_nothing(
    database: duckdb.DuckDBPyConnection, lake: Lake, rows: Callable, write: Callable
) -> None:
    write({Jobs: rows(Jobs)})
    rewrite(lake, lambda frame: frame.drop("job_name"))

    with pytest.raises(ContractDrift, match=r"jobs.*job_name"):
        load(database, lake)

    assert loaded(database) == []
    assert database.execute("SELECT count(*) FROM raw.loaded_files").fetchone() == (0,)


def test_a_damaged_file_is_named_and_nothing_is_loaded(
    database: duckdb.DuckDBPyConnection, lake: Lake, rows: Callable, write: Callable
) -> None:
    for job_id in (1, 2):
        write({Jobs: rows(Jobs, job_id=job_id)})
    location = lake.files(Jobs)[1].location
    location.write_bytes(b"PAR1 nothing PAR1")

    with pytest.raises(CorruptPartition, match=location.name):
        load(database, lake)

    assert loaded(database) == []


def test_a_table_that_differs_from_its_declaration_is_made_anew_with_all_that_was_built_from_raw(
    database: duckdb.DuckDBPyConnection, lake: Lake, rows: Callable, write: Callable
) -> None:
    write({Jobs: rows(Jobs, job_id=1)})
    load(database, lake)
    database.execute('CREATE SCHEMA "old marts"; CREATE TABLE "old marts".fct_jobs AS FROM raw.jobs')
    database.execute("ALTER TABLE raw.jobs DROP COLUMN job_url")

    (sentence,) = ensure_tables(database)

    assert "raw.jobs is loaded anew" in sentence
    assert "job_url" in sentence
    assert database.execute("SELECT count(*) FROM duckdb_schemas() WHERE schema_name = 'old marts'").fetchone() == (0,)
    load(database, lake)
    assert [job_id for job_id, _ in loaded(database)] == [1]
    assert ensure_tables(database) == []


def test_rows_whose_file_left_the_lake_leave_the_warehouse(
    database: duckdb.DuckDBPyConnection, lake: Lake, rows: Callable, write: Callable
) -> None:
    for job_id in (1, 2):
        write({Jobs: rows(Jobs, job_id=job_id)})
    load(database, lake)
    assert forget_vanished(database, Jobs, lake.files(Jobs)) is None
    lake.files(Jobs)[0].location.unlink()

    sentence = forget_vanished(database, Jobs, lake.files(Jobs))

    assert sentence == "raw.jobs is loaded anew: 1 of its files are no longer in the lake"
    load(database, lake)
    assert [job_id for job_id, _ in loaded(database)] == [2]


def test_log_lines_are_those_read_with_the_latest_log_of_their_job(
    database: duckdb.DuckDBPyConnection, lake: Lake, rows: Callable, write: Callable
) -> None:
    earlier = NOW - timedelta(hours=1)
    for at, texts in ((NOW, ["new 1"]), (earlier, ["old 1", "old 2"])):
        lines = rows(LogLines, len(texts), job_id=1, line_number=range(len(texts)), line_text=texts, extracted_at=at)
        write({LogLines: lines, JobLogs: rows(JobLogs, job_id=1, extracted_at=at)})
    write({LogLines: rows(LogLines, job_id=2, line_text="of a log not loaded yet")})
    load_files(database, JobLogs, lake.files(JobLogs), load=begin_load(database, loaded_at=None))

    shown = show_log_lines(database, lake.files(LogLines), root=lake.root)

    assert database.execute("SELECT line_text FROM raw.log_lines").fetchall() == [("new 1",)]
    assert shown == LoadedTable(row_count=4, file_count=3)


def test_log_lines_in_a_folder_with_odd_characters_and_without_a_newer_column_are_shown(
    database: duckdb.DuckDBPyConnection, tmp_path: Path, rows: Callable, partition: Partition
) -> None:
    lake = Lake(tmp_path / "it's a [lake]*")
    lake.write_batch(
        {LogLines: rows(LogLines, job_id=1), JobLogs: rows(JobLogs, job_id=1)}, partition=partition, extracted_at=NOW
    )
    location = lake.files(LogLines)[0].location
    pl.read_parquet(location, glob=False, hive_partitioning=False).drop("step_number").write_parquet(location)
    load_files(database, JobLogs, lake.files(JobLogs), load=begin_load(database, loaded_at=None))

    show_log_lines(database, lake.files(LogLines), root=lake.root)

    assert database.execute("SELECT job_id, step_number FROM raw.log_lines").fetchall() == [(1, None)]


def test_loading_one_table_leaves_the_others_alone(
    database: duckdb.DuckDBPyConnection, lake: Lake, rows: Callable, write: Callable
) -> None:
    write({Jobs: rows(Jobs), Steps: rows(Steps)})

    load(database, lake)

    assert database.execute("SELECT count(*) FROM raw.steps").fetchone() == (0,)


def rewrite(lake: Lake, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """Make the first file of jobs what another version of this program would have written."""
    location = lake.files(Jobs)[0].location
    change(pl.read_parquet(location, hive_partitioning=False)).write_parquet(location)
