from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipeline_etl.contracts.tables import Jobs, LogLines, Payloads, RunAttempts
from pipeline_etl.errors import EmptyPublish, NotLoaded, StorageError, WarehouseBusy
from pipeline_etl.storage import Build, Lake, Warehouse

NOW = datetime(2026, 8, 21, 3, 0, tzinfo=UTC)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")


def publish(warehouse: Warehouse, lake: Lake) -> Build:
    with warehouse.building(loaded_at=NOW) as build:
        build.load(RunAttempts, lake)
        build.publish()
    return build


def count(warehouse: Warehouse) -> int:
    with warehouse.read() as connection:
        return connection.execute("SELECT count(*) FROM raw.run_attempts").fetchone()[0]


def test_nothing_is_read_before_the_first_publish(warehouse: Warehouse, lake: Lake) -> None:
    with warehouse.building() as build:
        build.load(RunAttempts, lake)

    with pytest.raises(StorageError, match="no warehouse at"):
        warehouse.read()


def test_what_is_published_is_read_in_utc_and_cannot_be_changed(
    warehouse: Warehouse, lake: Lake, rows: Callable, write: Callable
) -> None:
    write({RunAttempts: rows(RunAttempts, created_at=NOW)})
    publish(warehouse, lake)

    with warehouse.read() as connection:
        assert connection.execute("SELECT created_at::VARCHAR FROM raw.run_attempts").fetchone() == (
            "2026-08-21 03:00:00+00",
        )
        with pytest.raises(duckdb.Error, match="read-only"):
            connection.execute("DELETE FROM raw.run_attempts")


def test_the_next_build_goes_on_from_the_published_one(
    warehouse: Warehouse, lake: Lake, rows: Callable, write: Callable
) -> None:
    for run_id in (1, 2):
        write({RunAttempts: rows(RunAttempts, run_id=run_id)})
        publish(warehouse, lake)

    with warehouse.read() as connection:
        assert connection.execute("SELECT run_id, load_number FROM raw.run_attempts ORDER BY ALL").fetchall() == [
            (1, 1),
            (2, 2),
        ]


def test_nothing_but_the_warehouse_and_its_lock_is_left(
    warehouse: Warehouse, lake: Lake, rows: Callable, write: Callable
) -> None:
    write({RunAttempts: rows(RunAttempts)})
    stale_log = warehouse.path.with_name("warehouse.duckdb.wal")
    stale_log.write_bytes(b"of another file")

    publish(warehouse, lake)

    assert {path.name for path in warehouse.path.parent.glob("warehouse*")} == {
        "warehouse.duckdb",
        "warehouse.duckdb.lock",
    }


def test_a_second_builder_is_told_that_another_builds(warehouse: Warehouse) -> None:
    with warehouse.building(), pytest.raises(WarehouseBusy, match="building the warehouse"), warehouse.building():
        pass


def test_a_build_that_is_not_published_changes_nothing(
    warehouse: Warehouse, lake: Lake, rows: Callable, write: Callable
) -> None:
    write({RunAttempts: rows(RunAttempts, run_id=1)})
    publish(warehouse, lake)
    write({RunAttempts: rows(RunAttempts, run_id=2)})

    with warehouse.building() as build:
        build.load(RunAttempts, lake)

    assert count(warehouse) == 1
    publish(warehouse, lake)
    assert count(warehouse) == 2


def test_an_empty_warehouse_is_never_published_over_one_with_runs(
    warehouse: Warehouse, lake: Lake, rows: Callable, write: Callable
) -> None:
    write({RunAttempts: rows(RunAttempts)})
    publish(warehouse, lake)
    lake.files(RunAttempts)[0].location.unlink()

    with pytest.raises(EmptyPublish, match="left as it was"):
        publish(warehouse, lake)

    assert count(warehouse) == 1


def test_the_first_warehouse_may_be_empty(warehouse: Warehouse, lake: Lake) -> None:
    publish(warehouse, lake)

    assert count(warehouse) == 0


def test_a_file_that_is_no_warehouse_is_replaced_from_the_lake_and_said_so(
    warehouse: Warehouse, lake: Lake, rows: Callable, write: Callable
) -> None:
    warehouse.path.write_bytes(b"not a database" * 1000)
    write({RunAttempts: rows(RunAttempts)})
    with pytest.raises(StorageError, match="delete it"):
        warehouse.read()

    build = publish(warehouse, lake)

    assert count(warehouse) == 1
    assert "made anew from the lake" in build.notices[0]


def test_files_gone_from_the_lake_are_a_notice(
    warehouse: Warehouse, lake: Lake, rows: Callable, write: Callable
) -> None:
    for run_id in (1, 2):
        write({RunAttempts: rows(RunAttempts, run_id=run_id)})
    publish(warehouse, lake)
    lake.files(RunAttempts)[0].location.unlink()

    build = publish(warehouse, lake)

    assert build.notices == ["raw.run_attempts is loaded anew: 1 of its files are no longer in the lake"]
    assert count(warehouse) == 1


def test_log_lines_stay_in_the_lake_and_are_shown(
    warehouse: Warehouse, lake: Lake, rows: Callable, write: Callable
) -> None:
    write({LogLines: rows(LogLines, 3)})

    with warehouse.building() as build:
        assert build.load(LogLines, lake).row_count == 3


def test_a_table_that_sql_never_sees_is_not_loaded(warehouse: Warehouse, lake: Lake) -> None:
    with warehouse.building() as build, pytest.raises(ValueError, match="Payloads is kept in the lake only"):
        build.load(Payloads, lake)


def schemas(warehouse: Warehouse) -> set[str]:
    with warehouse.read() as connection:
        rows = connection.execute("SELECT schema_name FROM duckdb_schemas() WHERE NOT internal").fetchall()
    return {name for (name,) in rows} - {"main"}


def build_with(warehouse: Warehouse, lake: Lake, fingerprint: str, *, schema: str) -> Build:
    with warehouse.building(loaded_at=NOW) as build:
        build.load(RunAttempts, lake)
        build.use_models(fingerprint)
        with duckdb.connect(build.path) as connection:
            connection.execute(
                f"CREATE SCHEMA IF NOT EXISTS {schema}; CREATE TABLE IF NOT EXISTS {schema}.a AS SELECT 1"
            )
        build.publish()
    return build


def test_what_other_models_built_is_dropped_and_said_so_and_raw_rows_stay(
    warehouse: Warehouse, lake: Lake, rows: Callable, write: Callable
) -> None:
    write({RunAttempts: rows(RunAttempts, run_id=1)})
    build_with(warehouse, lake, "one", schema="marts")

    build = build_with(warehouse, lake, "two", schema="better_marts")

    assert schemas(warehouse) == {"raw", "better_marts"}
    assert count(warehouse) == 1
    assert any("models have changed" in notice for notice in build.notices)


def test_tables_that_were_declared_anew_are_loaded_before_marts_are_built_of_them(
    warehouse: Warehouse, lake: Lake, rows: Callable, write: Callable
) -> None:
    write({RunAttempts: rows(RunAttempts), Jobs: rows(Jobs)})
    with warehouse.building() as build:
        build.load_all([RunAttempts, Jobs], lake)
        build.publish()
    with duckdb.connect(warehouse.path) as connection:
        connection.execute("ALTER TABLE raw.jobs DROP COLUMN result")

    with warehouse.building() as build, pytest.raises(NotLoaded, match=r"raw\.jobs of .* are empty"):
        build.use_models("any")
    with warehouse.building() as build:
        build.load(Jobs, lake)
        build.use_models("any")


def test_what_the_same_models_built_stays(warehouse: Warehouse, lake: Lake, rows: Callable, write: Callable) -> None:
    write({RunAttempts: rows(RunAttempts)})
    build_with(warehouse, lake, "one", schema="marts")

    build = build_with(warehouse, lake, "one", schema="more")

    assert schemas(warehouse) == {"raw", "marts", "more"}
    assert build.notices == []
