"""A log too large to wait for the rest of its batch is stored piece by piece, and is shown whole."""

from datetime import timedelta

from pipeline_etl.contracts.tables import JobLogs, LogLines
from pipeline_etl.extraction import SyncOptions, logs, sync_repository
from pipeline_etl.extraction.load import load_lake
from pipeline_etl.providers import Waiting, github_provider
from pipeline_etl.storage import Lake, Warehouse
from tests.fake_ci.scenario import Story, a_run, failed, passed
from tests.fake_ci.server import TOKEN, FakeCI


def test_lines_that_were_stored_early_are_shown_with_the_log_they_are_of(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "EARLY_BYTES", 0)
    story, lake = Story(), Lake(tmp_path / "lake")
    for number in range(2):
        story.happens(a_run().with_attempt(failed("a"), passed("b")), at=story.time.now() - timedelta(hours=number + 1))
    ticks = iter(range(1_000))
    with FakeCI(story) as ci:
        result = sync_repository(
            github_provider(ci.url, token=TOKEN, waiting=Waiting(now=story.time.now)),
            lake,
            story.name,
            clock=lambda: story.time.now() + timedelta(seconds=next(ticks)),
            options=SyncOptions(concurrent_requests=2),
            on_progress=lambda _: None,
        )
    assert result.status == "complete"

    with Warehouse(tmp_path / "warehouse.duckdb").building() as build:
        load_lake(lake, build, clock=story.time.now)
        build.publish()

    lines = lake.current(LogLines).collect()
    with Warehouse(tmp_path / "warehouse.duckdb").read() as connection:
        shown = connection.execute("SELECT count(*), count(DISTINCT job_id) FROM raw.log_lines").fetchone()
    assert shown == (lines.height, 4)
    assert lines.height >= 4
    assert set(lines["extracted_at"]) == set(lake.current(JobLogs).collect()["extracted_at"])
