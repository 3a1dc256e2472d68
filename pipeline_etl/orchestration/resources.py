"""Settings → what the assets work with: the extraction, the warehouse being built, dbt."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource, DbtProject
from packaging.version import Version

from pipeline_etl.contracts.tables import LogLines, Table
from pipeline_etl.errors import SettingsError
from pipeline_etl.extraction import OnProgress, RepositorySync, SyncOptions, sync_repositories
from pipeline_etl.extraction.load import load_lake
from pipeline_etl.extraction.mending import READ_BY_A_SYNC, mend
from pipeline_etl.extraction.tenancy import make_room
from pipeline_etl.orchestration.failures import RetryPlan
from pipeline_etl.providers import AppKey, Provider, Waiting, github_provider, recorded_provider
from pipeline_etl.reports import WrittenReport, write_report
from pipeline_etl.settings import PROJECT_ROOT, Settings, variable
from pipeline_etl.storage import Build, Lake, LoadedTable, Warehouse

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Extraction:
    """Everything a sync needs but the word to start."""

    settings: Settings
    lake: Lake
    clock: Clock
    on_progress: OnProgress
    retry_plan: RetryPlan
    notices: list[str] = field(default_factory=list)
    """Sentences on what was done to what is stored, for the person who waits for it."""

    def sync(self) -> list[RepositorySync]:
        """Bring the lake up to what the service knows of every repository, then merge what lies in many small files."""
        provider = self._provider()
        self.notices.extend(mend(self.lake, READ_BY_A_SYNC, clock=self.clock))
        made_room = make_room(self.lake, is_recorded=self.settings.uses_sample)
        if made_room:
            self.notices.append(made_room)
        return sync_repositories(
            lambda _: provider,
            self.lake,
            self.settings.repositories or _recorded_repositories(self.settings.sample_root),
            clock=self.clock,
            options=self._options(),
            on_progress=self.on_progress,
        )

    def _provider(self) -> Provider:
        """One for all repositories: they share the service's rate limit."""
        settings = self.settings
        waiting = Waiting(now=self.clock)
        if settings.uses_sample:
            return recorded_provider(settings.sample_root, waiting=waiting)
        return github_provider(settings.github_api_url, token=github_token(settings), waiting=waiting)

    def _options(self) -> SyncOptions:
        settings = self.settings
        return SyncOptions(
            # An archive holds what it holds, however long ago that was.
            since=None if settings.uses_sample else history_start(settings, now=self.clock()),
            rerun_window=timedelta(days=settings.rerun_window_days),
            is_archiving_payloads=settings.archive_payloads,
            concurrent_requests=settings.concurrent_requests,
            log_retention=_days(settings.log_retention_days),
        )


def _days(days: int | None) -> timedelta | None:
    return None if days is None else timedelta(days=days)


def github_token(settings: Settings) -> str | AppKey | None:
    """What the service is asked with: a token, an App that has one made, or nothing."""
    app_id, installation_id = settings.github_app_id, settings.github_app_installation_id
    if app_id is not None and installation_id is not None and settings.github_app_private_key is not None:
        private_key = settings.github_app_private_key.get_secret_value()
        return AppKey(app_id=app_id, installation_id=installation_id, private_key=private_key)
    return settings.github_token.get_secret_value() if settings.github_token else None


def history_start(settings: Settings, *, now: datetime) -> datetime | timedelta | None:
    """Where history begins: a moment, or so long ago; None for all the service remembers.

    Raises:
        SettingsError: that is still to come.
    """
    start = settings.since.start if settings.since else None
    if isinstance(start, datetime) and start > now:
        raise SettingsError(
            f"{variable('since')} is {str(settings.since)!r}: that is still to come; for example "
            f"{variable('since')}=2026-01-01."
        )
    return start


def _recorded_repositories(root: Path) -> tuple[str, ...]:
    found = sorted(f"{path.parent.parent.name}/{path.parent.name}" for path in root.glob("github/*/*/archive.json"))
    if not found:
        raise SettingsError(
            f"{variable('sample_root')} is {str(root)!r}: it holds no github/<owner>/<name>/archive.json; "
            f"for example {variable('sample_root')}=data/recorded, after `make record`."
        )
    return tuple(found)


@dataclass(kw_only=True)
class WarehouseBuild:
    """The warehouse file one run builds: begun on first use, published by the last step, else dropped with the run.

    Readers keep the published file until then, so a run that stops half way changes nothing for them.
    """

    warehouse: Warehouse
    lake: Lake
    clock: Clock
    retry_plan: RetryPlan
    _stack: ExitStack = field(default_factory=ExitStack)
    _build: Build | None = None

    @property
    def build(self) -> Build:
        """The file being built; makes it, under a lock, as a copy of the published one."""
        if self._build is None:
            self._build = self._stack.enter_context(self.warehouse.building())
        return self._build

    def load(self, tables: Sequence[Table]) -> dict[Table, LoadedTable]:
        """Load what of some tables is new in the lake."""
        return load_lake(self.lake, self.build, clock=self.clock, tables=tables)

    def publish(self) -> list[str]:
        """Let readers have it; sentences on what had to be made anew."""
        # The view over the lines of logs names the lake by its path: a data folder that was moved is found again.
        self.load([LogLines])
        self.build.publish()
        notices = list(self.build.notices)
        self.drop()
        return notices

    def drop(self) -> None:
        """Let go of the file and the lock."""
        self._stack.close()
        self._build = None


def warehouse_build(warehouse: Warehouse, *, lake: Lake, clock: Clock, retry_plan: RetryPlan) -> dg.ResourceDefinition:
    """A :class:`WarehouseBuild` per run."""

    @dg.resource
    def build_of_this_run(_: dg.InitResourceContext) -> Iterator[WarehouseBuild]:
        build = WarehouseBuild(warehouse=warehouse, lake=lake, clock=clock, retry_plan=retry_plan)
        try:
            yield build
        finally:
            build.drop()

    return build_of_this_run


@dataclass(frozen=True, kw_only=True)
class Reporting:
    """Everything the report needs but the word to write it."""

    settings: Settings
    warehouse: Warehouse
    on_written: Callable[[WrittenReport], None]
    retry_plan: RetryPlan

    def write(self) -> WrittenReport:
        """Write the report from the published warehouse."""
        with self.warehouse.read() as connection:
            written = write_report(
                connection, out_dir=self.settings.reports_root, is_sample=self.settings.uses_bundled_sample
            )
        self.on_written(written)
        return written


def dbt_project(settings: Settings) -> DbtProject:
    """The dbt project, with its artifacts beside the data they speak of: two data folders never share a manifest."""
    return DbtProject(project_dir=PROJECT_ROOT / "dbt", target_path=(settings.data_root / ".dbt").resolve())


class Dbt(DbtCliResource):
    """dbt as a child process, without the four seconds in which dagster-dbt gets to know it first.

    It would start dbt once more to ask for its version, and load the project into this process for column metadata
    that nobody asks for. Should a new release call either differently, it is only slower.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:  # type: ignore[override] # as for dbt 2
        del args


def dbt_cli(project: DbtProject) -> Dbt:
    """The dbt of this environment, whatever PATH says."""
    return Dbt(project_dir=str(project.project_dir), dbt_executable=str(Path(sys.executable).with_name("dbt")))


@contextmanager
def dbt_warehouse(path: Path) -> Iterator[None]:
    """Tell dbt which file it builds: profiles.yml reads this variable, and a child process inherits it."""
    before = os.environ.get("PIPELINE_ETL_WAREHOUSE")
    os.environ["PIPELINE_ETL_WAREHOUSE"] = str(path.resolve())
    try:
        yield
    finally:
        if before is None:
            del os.environ["PIPELINE_ETL_WAREHOUSE"]
        else:
            os.environ["PIPELINE_ETL_WAREHOUSE"] = before
