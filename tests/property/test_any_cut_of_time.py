"""Syncing a history in any cuts, with repeats and kills, leaves the same lake content as syncing it once."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline_etl.contracts.tables import TABLES, CacheEntries, PageValidators, Repositories, Syncs, table_name
from pipeline_etl.extraction import RepositorySync, SyncOptions, sync_repository
from pipeline_etl.providers import Provider, Waiting, recorded_provider
from pipeline_etl.storage import Lake
from tests.recorded import SQLITE_UTILS, cut_archive, runs_of

# Bookkeeping of the syncs themselves differs by how often one syncs, and so must it.
OF_THE_HISTORY = [table for table in TABLES if table not in (Syncs, PageValidators, CacheEntries, Repositories)]

# Ten runs around the first re-runs: three with a second attempt, carried-over jobs, failures, artifacts, re-used caches.
RUNS = runs_of(SQLITE_UTILS)
FIRST_RERUN = next(position for position, run in enumerate(RUNS) if run["run_attempt"] == 2)
SLICE = RUNS[FIRST_RERUN - 4 : FIRST_RERUN + 8]
RUN_IDS = frozenset(run["id"] for run in SLICE)
MOMENTS = sorted({datetime.fromisoformat(run["updated_at"]) for run in RUNS if run["id"] in RUN_IDS})
END = MOMENTS[-1] + timedelta(hours=1)


def ticking() -> Callable[[], datetime]:
    seconds = itertools.count()
    return lambda: datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=next(seconds))


def archive_provider(root: Path) -> Provider:
    def never(seconds: float) -> None:
        raise AssertionError(f"a recorded archive made the client wait {seconds} s")

    return recorded_provider(root, waiting=Waiting(now=ticking(), sleep=never))


def sync(provider: Provider, lake: Lake, clock: Callable[[], datetime]) -> RepositorySync:
    return sync_repository(
        provider,
        lake,
        SQLITE_UTILS,
        clock=clock,
        options=SyncOptions(concurrent_requests=1),
        on_progress=lambda _: None,
    )


def content(lake: Lake) -> dict[str, pl.DataFrame]:
    """What stands in the lake, without the moments at which it was read."""
    frames = {}
    for table in OF_THE_HISTORY:
        rows = lake.current(table).drop("extracted_at").collect()
        frames[table_name(table)] = rows.select(sorted(rows.columns)).sort(table.primary_key())
    return frames


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Callable[[datetime], Path]:
    """The archive as it stood at a moment, made once per moment."""
    made: dict[datetime, Path] = {}

    def archive_at(moment: datetime) -> Path:
        if moment not in made:
            root = tmp_path_factory.mktemp("archive")
            made[moment] = cut_archive(root, SQLITE_UTILS, run_ids=RUN_IDS, until=moment)
        return made[moment]

    return archive_at


@pytest.fixture(scope="module")
def synced_once(
    archives: Callable[[datetime], Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, pl.DataFrame]:
    lake = Lake(tmp_path_factory.mktemp("once"))
    result = sync(archive_provider(archives(END)), lake, ticking())
    assert result.status == "complete"
    assert result.row_counts["test_results"] > 1_000
    return content(lake)


class Killed(BaseException):
    """Not an Exception: nothing may catch it, as nothing catches SIGKILL."""


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(cuts=st.lists(st.sampled_from(MOMENTS), max_size=3), repeats=st.integers(min_value=0, max_value=1))
def test_any_cut_of_time_leaves_the_same_lake(archives, synced_once, tmp_path_factory, cuts, repeats):
    lake = Lake(tmp_path_factory.mktemp("cut"))
    clock = ticking()
    for moment in [*sorted(cuts), *[END] * (repeats + 1)]:
        assert sync(archive_provider(archives(moment)), lake, clock).status == "complete"

    actual = content(lake)

    for name, expected in synced_once.items():
        assert actual[name].equals(expected), name


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(kills=st.lists(st.integers(min_value=0, max_value=40), min_size=1, max_size=3))
def test_killed_anywhere_the_next_sync_completes_it(archives, synced_once, tmp_path_factory, monkeypatch, kills):
    lake = Lake(tmp_path_factory.mktemp("killed"))
    clock = ticking()
    write_file = Lake.write_file
    for files in kills:
        left = itertools.count(files, -1)

        def dying(self, *arguments, left=left, **named):
            if next(left) <= 0:
                raise Killed
            return write_file(self, *arguments, **named)

        with monkeypatch.context() as patch:
            patch.setattr(Lake, "write_file", dying)
            try:
                sync(archive_provider(archives(END)), lake, clock)
            except Killed:
                continue
    assert sync(archive_provider(archives(END)), lake, clock).status == "complete"

    actual = content(lake)

    for name, expected in synced_once.items():
        assert actual[name].equals(expected), name


def test_a_second_sync_of_the_same_state_writes_nothing_and_downloads_nothing(archives, tmp_path_factory):
    lake = Lake(tmp_path_factory.mktemp("twice"))
    clock = ticking()
    first = sync(archive_provider(archives(END)), lake, clock)
    files = sorted(path for path in lake.root.rglob("*.parquet"))

    second = sync(archive_provider(archives(END)), lake, clock)

    assert (second.status, second.row_counts) == ("complete", {})
    assert sorted(path for path in lake.root.rglob("*.parquet")) == files
    assert second.request_count < 12 < first.request_count
