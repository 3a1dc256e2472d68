from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from dataframely.random import Generator

from pipeline_etl.contracts.tables import Table
from pipeline_etl.storage import Lake, Partition
from pipeline_etl.storage.conform import declared_schema

REPOSITORY_ID = 7
NOW = datetime(2026, 8, 21, 3, 0, tzinfo=UTC)

Rows = Callable[..., pl.DataFrame]
Write = Callable[[Mapping[Table, pl.DataFrame]], None]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def partition() -> Partition:
    return Partition("github", REPOSITORY_ID, date(2026, 8, 1))


@pytest.fixture
def rows() -> Rows:
    """Random rows of a table, the named columns given; valid as long as those leave the keys apart."""

    def sample(table: Table, count: int = 1, **given: Sequence[object] | object) -> pl.DataFrame:
        overrides = {"repository_id": REPOSITORY_ID, "extracted_at": NOW, **given}
        return table.sample(count, generator=Generator(seed=0)).with_columns(
            pl.Series(
                name,
                list(values) if isinstance(values, (list, range)) else [values] * count,
                declared_schema(table)[name],
            )
            for name, values in overrides.items()
        )

    return sample


@pytest.fixture
def write(lake: Lake, partition: Partition) -> Write:
    """Store frames as one batch; each batch is read a minute after the one before."""
    minutes = iter(range(10_000))

    def batch(frames: Mapping[Table, pl.DataFrame]) -> None:
        lake.write_batch(frames, partition=partition, extracted_at=NOW + timedelta(minutes=next(minutes)))

    return batch
