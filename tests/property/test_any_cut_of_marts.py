"""Any cut, same marts: a warehouse that grew night by night equals one that is built from the whole lake at once."""

import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from pipeline_etl.extraction import SyncOptions, sync_repository
from pipeline_etl.extraction.load import load_lake
from pipeline_etl.providers import Waiting, recorded_provider
from pipeline_etl.storage import Lake, Warehouse
from pipeline_etl.storage.layout import new_file_name, read_at
from tests.recorded import BITCOIN, SQLITE_UTILS, cut_archive, runs_of
from tests.simulated.hard_lake import write_hard_lake

PROJECT = Path(__file__).parents[2]
TICKS = itertools.count()

# Four weeks of sqlite-utils around its first re-runs and its flaky week, so that windows, streaks and neighbours of
# one night are changed by the next; and some runs of bitcoin/bitcoin, whose order of jobs is inferred.
RUNS = {
    SQLITE_UTILS: [run for run in runs_of(SQLITE_UTILS) if "2026-06-15" <= run["created_at"] < "2026-07-08"],
    BITCOIN: [run for run in runs_of(BITCOIN) if run["created_at"] >= "2025-10-15"][:40],
}
NIGHTS = (
    {SQLITE_UTILS: datetime(2026, 7, 7, 4, 10, tzinfo=UTC), BITCOIN: datetime(2025, 10, 15, 23, tzinfo=UTC)},
    {SQLITE_UTILS: datetime(2026, 7, 10, tzinfo=UTC), BITCOIN: datetime(2025, 10, 16, 20, 42, 15, tzinfo=UTC)},
)


def clock() -> datetime:
    return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=next(TICKS))


def sync(lake: Lake, root: Path) -> None:
    provider = recorded_provider(root, waiting=Waiting(now=clock, sleep=lambda _: None))
    for name in RUNS:
        result = sync_repository(provider, lake, name, clock=clock, options=SyncOptions(), on_progress=lambda _: None)
        assert result.status == "complete", result.error


def build(lake: Lake, warehouse: Warehouse, target: Path) -> None:
    """Load what is new and build every model, as the job does."""
    with warehouse.building(loaded_at=clock()) as building:
        load_lake(lake, building, clock=clock)
        command = f"--quiet build --exclude-resource-type unit_test --exclude-resource-type test --target-path {target}"
        done = subprocess.run(
            [Path(sys.executable).with_name("dbt"), *command.split(), "--project-dir=dbt", "--profiles-dir=dbt"],
            cwd=PROJECT,
            env={**os.environ, "PIPELINE_ETL_WAREHOUSE": str(building.path), "DBT_LOG_PATH": str(target)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3_000:]
        building.publish()


def models(warehouse: Warehouse) -> dict[str, list[tuple]]:
    """Every row of every mart and of what stands before it, in an order of its own; load_number says when a row came,
    not what it says."""
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        columns: dict[str, list[str]] = {}
        for schema, table, column in connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
            " where table_schema in ('intermediate', 'marts') order by all"
        ).fetchall():
            if column != "load_number":
                columns.setdefault(f"{schema}.{table}", []).append(f'"{column}"')
        return {
            table: connection.execute(f"select {', '.join(names)} from {table} order by all").fetchall()
            for table, names in columns.items()
        }


@pytest.fixture
def archive_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    def archive(night: int) -> Path:
        root = tmp_path_factory.mktemp(f"night{night}")
        for name, runs in RUNS.items():
            cut_archive(root, name, run_ids={run["id"] for run in runs}, until=NIGHTS[night][name])
        return root

    return archive


def test_a_warehouse_that_grew_night_by_night_equals_one_built_at_once(archive_of, tmp_path):
    lake, grown, at_once = (
        Lake(tmp_path / "lake"),
        Warehouse(tmp_path / "grown.duckdb"),
        Warehouse(tmp_path / "once.duckdb"),
    )
    row_counts = []
    for night in range(len(NIGHTS)):
        sync(lake, archive_of(night))
        build(lake, grown, tmp_path / "target")
        row_counts.append(len(models(grown)["marts.fct_test_executions"]))
    build(lake, at_once, tmp_path / "target")

    expected, actual = models(at_once), models(grown)

    assert row_counts == sorted(set(row_counts)), "every night must add something, or nothing is tried here"
    for name, rows in expected.items():
        assert actual[name] == rows, name


def night_of_rows(table: str, rows: pl.DataFrame, draw: np.random.Generator) -> pl.Series:
    """Workflow files come on the second of two nights; a row of every second run on either, all else on the first."""
    if table.startswith("workflow_"):
        return pl.repeat(1, rows.height, eager=True)
    either = draw.integers(0, 2, rows.height)
    is_cut = rows["run_id"].fill_null(1) % 2 == 0 if "run_id" in rows.columns else False
    return pl.Series(np.where(is_cut, either, 0))


def test_rows_that_came_in_any_order_make_the_models_of_a_lake_that_was_whole(tmp_path):
    """A workflow file after its runs, a job before its run, steps without their job: what the first night made of a part
    must not outlive the second."""
    whole, parts = Lake(tmp_path / "whole"), Lake(tmp_path / "parts")
    at_once, grown = Warehouse(tmp_path / "once.duckdb"), Warehouse(tmp_path / "grown.duckdb")
    write_hard_lake(whole)
    build(whole, at_once, tmp_path / "target")
    draw = np.random.default_rng(1)
    cut = []
    for path in sorted(whole.root.rglob("*.parquet")):
        rows, folder = pl.read_parquet(path, hive_partitioning=False), path.parent.relative_to(whole.root)
        cut.append((path, folder, rows, night_of_rows(folder.parts[0], rows, draw)))
    for night in range(2):
        for path, folder, rows, night_of in cut:
            name = partial(new_file_name, extracted_at=read_at(path.name))
            parts.write_file(rows.filter(night_of == night).lazy(), folder.as_posix(), name=name)
        build(parts, grown, tmp_path / "target")

    expected, actual = models(at_once), models(grown)

    for name, rows in expected.items():
        assert actual[name] == rows, name
