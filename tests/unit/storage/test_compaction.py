from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from pipeline_etl.contracts.tables import Jobs
from pipeline_etl.errors import CorruptPartition
from pipeline_etl.storage import Lake, Partition, compact, compaction
from pipeline_etl.storage.layout import new_file_name
from tests.unit.storage.conftest import NOW


@pytest.fixture(autouse=True)
def few_files_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "MOST_FILES", (3,))


@pytest.fixture
def stored(lake: Lake, rows: Callable, write: Callable) -> pl.DataFrame:
    """Four files of one partition, and what is in them."""
    for job_id in range(4):
        write({Jobs: rows(Jobs, 2, job_id=[job_id, 100 + job_id])})
    return content(lake)


def content(lake: Lake) -> pl.DataFrame:
    return lake.scan(Jobs).collect().sort("job_id")


def test_many_small_files_become_one_with_the_same_rows(lake: Lake, stored: pl.DataFrame) -> None:
    before = [file.path for file in lake.files(Jobs)]

    fewer = compact(lake, Jobs)

    (file,) = lake.files(Jobs)
    assert fewer == 3
    assert content(lake).equals(stored)
    assert list(file.batch_paths) == before
    assert [batch.row_count for batch in file.merged] == [2, 2, 2, 2]
    assert len(list(file.location.parent.iterdir())) == 1


def test_few_files_are_left_alone(lake: Lake, rows: Callable, write: Callable) -> None:
    for job_id in range(3):
        write({Jobs: rows(Jobs, job_id=job_id)})
    before = lake.files(Jobs)

    assert compact(lake, Jobs) == 0
    assert lake.files(Jobs) == before


def test_a_month_that_is_over_may_have_fewer_files_so_that_years_of_them_are_few(
    lake: Lake, rows: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "MOST_FILES", (3, 2, 1))
    for month in range(5, 9):
        for number in range(3 if month > 5 else 1):
            lake.write_batch(
                {Jobs: rows(Jobs, job_id=10 * month + number)},
                partition=Partition("github", 7, date(2026, month, 1)),
                extracted_at=NOW + timedelta(minutes=number),
            )
    before = content(lake)

    fewer = compact(lake, Jobs)

    months = Counter(file.path.split("/")[3] for file in lake.files(Jobs))
    assert months == {"month=2026-05": 1, "month=2026-06": 1, "month=2026-07": 1, "month=2026-08": 3}
    assert fewer == 4
    assert content(lake).equals(before)


@pytest.mark.usefixtures("stored")
def test_big_files_are_left_alone(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "SMALL_BYTES", 1)

    assert compact(lake, Jobs) == 0


def test_killed_before_the_old_files_are_gone_every_row_is_read_once_and_the_next_time_finishes(
    lake: Lake, stored: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(Path, "unlink", kill)
        with pytest.raises(KeyboardInterrupt):
            compact(lake, Jobs)

    (file,) = lake.files(Jobs)
    assert len(list(file.location.parent.iterdir())) == 5
    assert content(lake).equals(stored)

    assert compact(lake, Jobs) == 0
    assert list(file.location.parent.iterdir()) == [file.location]
    assert content(lake).equals(stored)


def test_a_compacted_file_is_compacted_again_and_still_names_every_batch(
    lake: Lake, stored: pl.DataFrame, rows: Callable, write: Callable
) -> None:
    compact(lake, Jobs)
    for job_id in range(10, 13):
        write({Jobs: rows(Jobs, job_id=job_id)})
    expected = content(lake)

    compact(lake, Jobs)

    (file,) = lake.files(Jobs)
    assert len(file.batch_paths) == 7
    assert content(lake).equals(expected)
    assert expected.height == stored.height + 3


@pytest.mark.usefixtures("stored")
def test_columns_of_a_newer_version_survive(lake: Lake) -> None:
    file = lake.files(Jobs)[1]
    newer = pl.read_parquet(file.location, hive_partitioning=False).with_columns(colour=pl.lit("red"))
    lake.write_file(newer.lazy(), file.path.rpartition("/")[0], name=partial(new_file_name, extracted_at=NOW))
    file.location.unlink()

    compact(lake, Jobs)

    merged = pl.read_parquet(lake.files(Jobs)[0].location, hive_partitioning=False)
    assert merged["colour"].drop_nulls().to_list() == ["red", "red"]


@pytest.mark.usefixtures("stored")
def test_a_damaged_file_is_named_and_nothing_is_removed(lake: Lake) -> None:
    files = lake.files(Jobs)
    files[2].location.write_bytes(b"PAR1 nothing PAR1")

    with pytest.raises(CorruptPartition, match=files[2].location.name):
        compact(lake, Jobs)

    assert lake.files(Jobs) == files
