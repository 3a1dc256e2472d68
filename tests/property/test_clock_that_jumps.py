"""A machine whose clock is set back a day or forward a year, between syncs and in the middle of one, misses nothing.

What is guaranteed: how far a repository is known is told by the service's clock, never by ours; of two looks at a thing
the later one stands, whatever our clock said at either.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from pipeline_etl.contracts.tables import TABLES, PageValidators, Payloads, RunAttempts, Syncs, table_name
from pipeline_etl.extraction import RepositorySync, SyncOptions, sync_repository
from pipeline_etl.providers import Waiting, github_provider
from pipeline_etl.storage import Lake, Ledger
from tests.fake_ci.scenario import Story, a_run, failed, passed, running
from tests.fake_ci.server import TOKEN, FakeCI

START = datetime(2026, 8, 21, 3, tzinfo=UTC)
NIGHTS = 3
NONE, DAY, YEAR = timedelta(0), timedelta(days=1), timedelta(days=365)

Clock = Callable[[], datetime]


def told() -> Story:
    """A story at its beginning: what is old, what fails and what runs."""
    story = Story(now=START)
    story.happens(a_run().with_attempt(passed()), at=START - timedelta(days=80))
    story.happens(a_run().with_attempt(failed("a"), passed("b")), at=START - timedelta(days=2))
    story.happens(a_run().with_attempt(running()), at=START - timedelta(hours=1))
    return story


def goes_on(story: Story, night: int) -> None:
    """Forty days later something old has ended or was run again, and something new has happened."""
    story.time.sleep(40 * 86_400)
    of_before = list(story.runs)
    if night == 1:
        story.ends(of_before[2], failed())
    story.happens(a_run().with_attempt(failed()), at=story.time.now() - timedelta(hours=night + 1))
    story.goes_on(of_before[-1], passed())


def sync(ci: FakeCI, lake: Lake, clock: Clock) -> RepositorySync:
    time = ci.story.time
    return sync_repository(
        github_provider(ci.url, token=TOKEN, waiting=Waiting(now=clock, sleep=time.sleep)),
        lake,
        ci.story.name,
        clock=clock,
        options=SyncOptions(since=timedelta(days=90), concurrent_requests=1),
        on_progress=lambda _: None,
    )


def content(lake: Lake) -> dict[str, pl.DataFrame]:
    """What stands, without the bookkeeping of when it was read."""
    frames = {}
    for table in set(TABLES) - {Syncs, PageValidators, Payloads}:
        rows = lake.current(table).drop("extracted_at").collect()
        frames[table_name(table)] = rows.sort(table.primary_key())
    return frames


def after_nights(lake: Lake, jumps: list[tuple[timedelta, timedelta]]) -> dict[str, pl.DataFrame]:
    """What stands after some nights, on each of which our clock is off by one thing at first and then by another."""
    with FakeCI(told()) as ci:
        for night, (at_first, later) in enumerate(jumps):
            if night:
                goes_on(ci.story, night)
            offs = iter([at_first] * 3)
            result = sync(ci, lake, lambda offs=offs, later=later: ci.story.time.now() + next(offs, later))
            assert result.status == "complete"
            assert result.known_until_at == ci.story.time.now()
    return content(lake)


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    lake = Lake(tmp_path_factory.mktemp("steady"))
    frames = after_nights(lake, [(NONE, NONE)] * NIGHTS)
    assert frames["run_attempts"].height == 3 + 2 * (NIGHTS - 1)
    return frames


@pytest.mark.parametrize(
    "jumps",
    [
        pytest.param([(NONE, NONE), (YEAR, YEAR), (NONE, NONE)], id="forward a year for one night"),
        pytest.param([(YEAR, YEAR), (-DAY, -DAY), (-400 * DAY, -DAY)], id="back, and back again"),
        pytest.param([(NONE, -DAY), (-DAY, YEAR), (YEAR, NONE)], id="in the middle of every night"),
    ],
)
def test_a_clock_that_jumps_changes_nothing_that_stands(steady, tmp_path, jumps):
    actual = after_nights(Lake(tmp_path / "lake"), jumps)

    for name, expected in steady.items():
        assert actual[name].equals(expected), name


def test_a_service_that_does_not_tell_the_time_is_not_skipped_after_a_year_that_never_was(tmp_path, monkeypatch):
    """Then our clock is all there is: what it claimed of the future is not believed once it is right again."""
    monkeypatch.setattr("pipeline_etl.providers.github.client.instant", lambda _: None)
    lake = Lake(tmp_path / "lake")
    with FakeCI(told()) as ci:
        now = ci.story.time.now
        sync(ci, lake, now)
        goes_on(ci.story, 1)
        sync(ci, lake, lambda: now() + timedelta(days=365))
        goes_on(ci.story, 2)

        result = sync(ci, lake, now)

    assert result.known_until_at == now()
    stored = lake.current(RunAttempts).select("run_id", "run_attempt").collect()
    assert set(stored["run_id"]) == set(ci.story.runs)
    assert stored.height == sum(len(run.attempts) for run in ci.story.runs.values())
    ledger = Ledger.read(lake, provider="github", repository_id=ci.story.repository_id)
    assert ledger.known_until(by=now()) == now()
