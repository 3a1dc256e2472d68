import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
import stamina
from pydantic import SecretStr

from pipeline_etl.contracts.tables import JobLogs, LogLines, RunAttempts, Syncs
from pipeline_etl.errors import SettingsError, WarehouseBusy
from pipeline_etl.extraction import Progress
from pipeline_etl.orchestration.failures import BY_HAND
from pipeline_etl.orchestration.resources import Extraction, WarehouseBuild, dbt_warehouse
from pipeline_etl.settings import Settings
from pipeline_etl.storage import Lake, Partition, Warehouse
from tests.recorded import SQLITE_UTILS, cut_archive, runs_of

NOW = datetime(2026, 8, 21, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake in which one repository was synced once."""
    lake = Lake(tmp_path / "lake")
    row = {
        "sync_id": "a",
        "started_at": NOW,
        "window_start_at": None,
        "known_until_at": NOW,
        "is_complete": True,
        "request_count": 1,
    }
    schema = {name: kind for name, kind in Syncs.create_empty().schema.items() if name in row}
    partition = Partition(provider="github", repository_id=1, month=NOW.date().replace(day=1))
    lake.write_batch({Syncs: pl.DataFrame([row], schema=schema)}, partition=partition, extracted_at=NOW)
    return lake


def build_of(tmp_path: Path, lake: Lake) -> WarehouseBuild:
    return WarehouseBuild(
        warehouse=Warehouse(tmp_path / "warehouse.duckdb"), lake=lake, clock=lambda: NOW, retry_plan=BY_HAND
    )


def test_a_run_that_builds_nothing_takes_no_lock_and_makes_no_file(tmp_path: Path, lake: Lake) -> None:
    build_of(tmp_path, lake).drop()

    assert [path.name for path in tmp_path.iterdir()] == ["lake"]


def test_what_was_loaded_is_read_once_it_is_published(tmp_path: Path, lake: Lake) -> None:
    build = build_of(tmp_path, lake)

    assert build.load([Syncs])[Syncs].row_count == 1
    assert not build.warehouse.path.exists()
    assert build.publish() == []
    with build.warehouse.read() as connection:
        assert connection.execute("select sync_id from raw.syncs").fetchall() == [("a",)]


def test_a_run_that_ends_before_it_publishes_changes_nothing_and_stands_in_nobodys_way(
    tmp_path: Path, lake: Lake
) -> None:
    stopped = build_of(tmp_path, lake)
    stopped.load([Syncs])
    with pytest.raises(WarehouseBusy):
        build_of(tmp_path, lake).load([Syncs])
    stopped.drop()

    following = build_of(tmp_path, lake)

    assert not following.warehouse.path.exists()
    assert following.load([Syncs])[Syncs].row_count == 1
    following.drop()


def test_dbt_can_write_to_the_file_between_two_loads(tmp_path: Path, lake: Lake) -> None:
    build = build_of(tmp_path, lake)
    build.load([Syncs])
    with dbt_warehouse(build.build.path), duckdb.connect(os.environ["PIPELINE_ETL_WAREHOUSE"]) as connection:
        connection.execute("create schema marts; create table marts.fct_syncs as from raw.syncs")
    build.publish()

    assert "PIPELINE_ETL_WAREHOUSE" not in os.environ
    with build.warehouse.read() as connection:
        assert connection.execute("select count(*) from marts.fct_syncs").fetchone() == (1,)


def test_lines_of_logs_are_found_where_a_data_folder_was_moved_to_though_nothing_is_loaded_anew(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    partition = Partition(provider="github", repository_id=1, month=NOW.date().replace(day=1))
    overrides = {"repository_id": [1, 1], "job_id": [5, 5], "extracted_at": [NOW, NOW]}
    rows = {
        LogLines: LogLines.sample(2, overrides={**overrides, "line_number": [1, 2]}),
        JobLogs: JobLogs.sample(1, overrides={name: value[:1] for name, value in overrides.items()}),
    }
    Lake(old / "lake").write_batch(rows, partition=partition, extracted_at=NOW)
    first = build_of(old, Lake(old / "lake"))
    first.load([JobLogs, LogLines])
    first.publish()
    old.rename(new)

    build_of(new, Lake(new / "lake")).publish()

    with Warehouse(new / "warehouse.duckdb").read() as connection:
        assert connection.execute("select line_number from raw.log_lines order by all").fetchall() == [(1,), (2,)]


def extraction(tmp_path: Path, settings: Settings, told: list[Progress]) -> Extraction:
    return Extraction(
        settings=settings,
        lake=Lake(tmp_path / "lake"),
        clock=lambda: NOW,
        on_progress=told.append,
        retry_plan=BY_HAND,
    )


def test_without_repositories_the_archives_there_are_are_read(tmp_path: Path) -> None:
    run_ids = [run["id"] for run in runs_of(SQLITE_UTILS)[:2]]
    cut_archive(tmp_path / "archive", SQLITE_UTILS, run_ids=run_ids)
    told: list[Progress] = []

    syncs = extraction(tmp_path, Settings(data_root=tmp_path, sample_root=tmp_path / "archive"), told).sync()

    assert [(sync.repository_name, sync.status) for sync in syncs] == [(SQLITE_UTILS, "complete")]
    assert {progress.repository_name for progress in told} == {SQLITE_UTILS}
    stored = Lake(tmp_path / "lake").current(RunAttempts).collect()
    assert set(stored["run_id"]) == set(run_ids)


def test_a_folder_without_archives_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"PIPELINE_ETL_SAMPLE is .*holds no github"):
        extraction(tmp_path, Settings(data_root=tmp_path, sample_root=tmp_path / "nothing"), []).sync()


@pytest.mark.parametrize(("said", "since"), [(None, None), ("7 days", timedelta(days=7))])
def test_a_first_sync_goes_back_as_far_as_the_service_remembers_unless_told_otherwise(
    tmp_path: Path, said: str | None, since: timedelta | None
) -> None:
    settings = Settings(data_root=tmp_path, repositories=("a/a",), since=said)

    assert extraction(tmp_path, settings, [])._options().since == since


def test_a_history_that_begins_in_the_future_is_a_wrong_setting(tmp_path: Path) -> None:
    settings = Settings(data_root=tmp_path, repositories=("a/a",), since=f"{NOW + timedelta(days=1):%Y-%m-%d}")

    with pytest.raises(SettingsError, match="still to come"):
        extraction(tmp_path, settings, []).sync()


def test_a_service_that_cannot_be_reached_is_each_repositorys_failure(tmp_path: Path) -> None:
    settings = Settings(
        data_root=tmp_path,
        repositories=("a/a", "b/b"),
        github_token=SecretStr("s3cret"),
        github_api_url="http://127.0.0.1:9",
    )

    with stamina.set_testing(testing=True):
        syncs = extraction(tmp_path, settings, []).sync()

    assert [(sync.repository_name, sync.status) for sync in syncs] == [("a/a", "failed"), ("b/b", "failed")]
    assert all("s3cret" not in str(sync.error) for sync in syncs)
