"""From the lake to the warehouse, for each declared table: a new one needs no line anywhere."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from pipeline_etl.contracts.render import SOURCE_TABLES
from pipeline_etl.contracts.tables import LAKE_ONLY, TABLES
from pipeline_etl.extraction.load import load_lake
from pipeline_etl.storage import Lake, LoadedTable, Partition, Warehouse

NOW = datetime(2026, 8, 21, 3, 0, tzinfo=UTC)


def test_every_table_is_brought_up_to_the_lake_and_a_second_time_adds_nothing(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    frames = {table: table.sample(1).with_columns(repository_id=pl.lit(7, pl.Int64)) for table in TABLES}
    lake.write_batch(frames, partition=Partition("github", 7, date(2026, 8, 1)), extracted_at=NOW)

    with Warehouse(tmp_path / "warehouse.duckdb").building() as build:
        first, second = load_lake(lake, build, clock=lambda: NOW), load_lake(lake, build, clock=lambda: NOW)

    nothing, one = LoadedTable(row_count=0, file_count=0), LoadedTable(row_count=1, file_count=1)
    assert first == dict.fromkeys(SOURCE_TABLES, one)
    assert second == {table: one if table in LAKE_ONLY else nothing for table in SOURCE_TABLES}, (
        "the view shows what is there; the tables take what is new"
    )
