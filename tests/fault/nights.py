"""A service, a lake, and the nights on which one is brought into the other."""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from pipeline_etl.contracts.tables import RunAttempts, Table
from pipeline_etl.extraction import OnProgress, RepositorySync, SyncOptions, sync_repository
from pipeline_etl.providers import AppKey, GitHub, Waiting, github_provider
from pipeline_etl.storage import Lake
from tests.fake_ci.server import TOKEN, FakeCI

EARLIER = datetime(2026, 8, 20, 12, tzinfo=UTC)
BEGIN = datetime(2026, 7, 1, tzinfo=UTC)


def a_report(test: str = "works") -> bytes:
    """An artifact with a test report in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(
            "junit.xml", f'<testsuite name="s"><testcase classname="c" name="{test}" time="1"/></testsuite>'
        )
    return buffer.getvalue()


class Nights:
    def __init__(self, ci: FakeCI, root: Path, *, token: str | AppKey = TOKEN) -> None:
        self.ci, self.story, self.lake, self.token = ci, ci.story, Lake(root / "lake"), token

    def provider(self) -> GitHub:
        time = self.story.time
        return github_provider(self.ci.url, token=self.token, waiting=Waiting(now=time.now, sleep=time.sleep))

    def sync(
        self, name: str | None = None, *, since: datetime | None = BEGIN, on_progress: OnProgress = lambda _: None
    ) -> RepositorySync:
        time = self.story.time
        time.sleep(1)  # no two syncs are at the same moment
        return sync_repository(
            self.provider(),
            self.lake,
            name or self.story.name,
            clock=time.now,
            options=SyncOptions(since=since, concurrent_requests=4),
            on_progress=on_progress,
        )

    def a_day_later(self) -> None:
        self.story.time.sleep(86_400)

    def stored(self, table: Table) -> pl.DataFrame:
        return self.lake.current(table).collect()

    def attempts(self) -> list[tuple[int, int, str | None]]:
        rows = self.stored(RunAttempts).sort("run_id", "run_attempt")
        return rows.select("run_id", "run_attempt", "provider_result").rows()
