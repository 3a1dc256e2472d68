from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from pipeline_etl.contracts.tables import LogLines, Steps, Syncs
from pipeline_etl.extraction.load import load_lake
from pipeline_etl.storage import Lake, LoadedTable, Partition, Warehouse

NOW = datetime(2026, 8, 21, 3, 0, tzinfo=UTC)


def test_tables_are_brought_up_to_the_lake_and_a_second_time_adds_nothing_but_shows_what_is_there(
    tmp_path: Path,
) -> None:
    tables = (Syncs, Steps, LogLines)
    lake = Lake(tmp_path / "lake")
    frames = {table: table.sample(1).with_columns(repository_id=pl.lit(7, pl.Int64)) for table in (Syncs, LogLines)}
    lake.write_batch(frames, partition=Partition("github", 7, date(2026, 8, 1)), extracted_at=NOW)

    with Warehouse(tmp_path / "warehouse.duckdb").building() as build:
        first, second = (
            load_lake(lake, build, clock=lambda: NOW, tables=tables),
            load_lake(lake, build, clock=lambda: NOW, tables=tables),
        )

    nothing, one = LoadedTable(row_count=0, file_count=0), LoadedTable(row_count=1, file_count=1)
    assert first == {Syncs: one, Steps: nothing, LogLines: one}
    assert second == {Syncs: nothing, Steps: nothing, LogLines: one}
