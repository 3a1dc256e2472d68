"""A disk that fills up anywhere: the message says what is full, nothing that stood falls, and the next run completes."""

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipeline_etl.contracts.tables import RunAttempts
from pipeline_etl.errors import DiskFull
from pipeline_etl.reports.content import ReportContent
from pipeline_etl.reports.writing import write_content
from pipeline_etl.storage import Lake, Partition, Warehouse, compact
from tests.fake_ci.scenario import Story, a_run, passed
from tests.fake_ci.server import FakeCI
from tests.fault.processes import content, started

NOW = datetime(2026, 8, 21, 3, tzinfo=UTC)
MONTH = Partition("github", 7, date(2026, 8, 1))


@contextmanager
def no_file_larger_than(size_bytes: int) -> Iterator[None]:
    """What a full disk is to Polars and DuckDB: the system refuses to write on, in the middle of a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def attempts(first: int, count: int) -> pl.DataFrame:
    rows = RunAttempts.sample(count, overrides={"run_id": range(first, first + count)})
    return rows.with_columns(repository_id=pl.lit(7, pl.Int64), extracted_at=pl.lit(NOW + timedelta(minutes=first)))


def store(lake: Lake, rows: pl.DataFrame) -> None:
    lake.write_batch({RunAttempts: rows}, partition=MONTH, extracted_at=rows["extracted_at"][0])


def published_runs(warehouse: Warehouse) -> int:
    with warehouse.read() as connection:
        return connection.execute("SELECT count(*) FROM raw.run_attempts").fetchone()[0]


def publish(warehouse: Warehouse, lake: Lake) -> None:
    with warehouse.building() as build:
        build.load(RunAttempts, lake)
        build.publish()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    store(lake, attempts(1, 5))
    return lake


def test_a_batch_for_which_there_is_no_room_is_not_there_and_takes_none(lake):
    with no_file_larger_than(100), pytest.raises(DiskFull, match=r"No room is left on the disk for .*run_attempts"):
        store(lake, attempts(100, 500))

    assert lake.current(RunAttempts).collect().height == 5
    assert not list((lake.root / ".partial").iterdir())
    store(lake, attempts(100, 500))
    assert lake.current(RunAttempts).collect().height == 505


def test_a_compaction_for_which_there_is_no_room_loses_nothing(lake):
    for number in range(40):
        store(lake, attempts(100 + number, 1))
    with no_file_larger_than(100), pytest.raises(DiskFull):
        compact(lake, RunAttempts)

    assert lake.current(RunAttempts).collect().height == 45
    assert compact(lake, RunAttempts) == 40
    assert lake.current(RunAttempts).collect().height == 45


def test_a_warehouse_for_which_there_is_no_room_leaves_the_published_one_as_it_was(lake, tmp_path):
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    publish(warehouse, lake)
    store(lake, attempts(100, 20_000))
    size = warehouse.path.stat().st_size
    for limit in (size // 2, size + 100_000):  # no room for the copy; room for the copy and not for the new rows
        with no_file_larger_than(limit), pytest.raises(DiskFull, match="No room is left"):
            publish(warehouse, lake)

        assert published_runs(warehouse) == 5

    publish(warehouse, lake)
    assert published_runs(warehouse) == 20_005


def test_a_report_for_which_there_is_no_room_leaves_the_one_before(tmp_path):
    said = ReportContent(
        name="pipeline-report", title="CI", is_sample=False, as_of_at=NOW, repositories=[], sections=[]
    )
    paths = write_content(said, out_dir=tmp_path)
    before = [path.read_bytes() for path in paths]
    with no_file_larger_than(100), pytest.raises(DiskFull, match=str(tmp_path)):
        write_content(said, out_dir=tmp_path)

    assert [path.read_bytes() for path in paths] == before


@pytest.fixture
def ci() -> Iterator[FakeCI]:
    story = Story()
    for number in range(12):
        story.happens(a_run().with_attempt(passed()), at=NOW - timedelta(days=number + 1))
    with FakeCI(story) as service:
        yield service


def said_by(child: "subprocess.Popen[str]") -> str:
    said, _ = child.communicate(timeout=120)
    return said


@pytest.mark.parametrize("touch", [3, 17, 45])
def test_a_sync_that_meets_a_full_disk_says_so_and_the_next_one_completes_it(ci, tmp_path, touch):
    with started(ci, tmp_path / "data", "full", touch, "sync") as full:
        said = said_by(full)
    assert full.returncode == 1, said
    assert "No room is left on the disk" in said

    with started(ci, tmp_path / "data", "full", 10**9, "sync") as next_one:
        assert said_by(next_one) == ""
    assert next_one.returncode == 0
    assert content(Lake(tmp_path / "data" / "lake"))["run_attempts"].height == 12
