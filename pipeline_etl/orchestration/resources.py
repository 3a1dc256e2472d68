"""Settings → what the assets work with: the extraction, the warehouse being built, dbt."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource, DbtProject

from pipeline_etl.contracts.tables import Table
from pipeline_etl.extraction import OnProgress, RepositorySync, SyncOptions, sync_repositories
from pipeline_etl.orchestration.failures import RetryPlan
from pipeline_etl.providers import Provider
from pipeline_etl.settings import PROJECT_ROOT, Settings
from pipeline_etl.storage import Build, Lake, LoadedTable, Warehouse

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Extraction:
    """Everything a sync needs but the word to start."""

    lake: Lake
    repository_names: tuple[str, ...]
    provider_of: Callable[[str], Provider]
    clock: Clock
    options: SyncOptions
    on_progress: OnProgress
    retry_plan: RetryPlan

    def sync(self) -> list[RepositorySync]:
        """Bring the lake up to what the service knows of every repository."""
        return sync_repositories(
            self.provider_of,
            self.lake,
            self.repository_names,
            clock=self.clock,
            options=self.options,
            on_progress=self.on_progress,
        )


@dataclass(kw_only=True)
class WarehouseBuild:
    """The warehouse file one run builds: begun on first use, published by the last step, else dropped with the run.

    Readers keep the published file until then, so a run that stops half way changes nothing for them.
    """

    warehouse: Warehouse
    lake: Lake
    retry_plan: RetryPlan
    _stack: ExitStack = field(default_factory=ExitStack)
    _build: Build | None = None

    @property
    def build(self) -> Build:
        """The file being built; makes it, under a lock, as a copy of the published one."""
        if self._build is None:
            self._build = self._stack.enter_context(self.warehouse.building())
        return self._build

    def load(self, table: Table) -> LoadedTable:
        """Load what of a table is new in the lake."""
        return self.build.load(table, self.lake)

    def publish(self) -> list[str]:
        """Let readers have it; sentences on what had to be made anew."""
        self.build.publish()
        notices = list(self.build.notices)
        self.drop()
        return notices

    def drop(self) -> None:
        """Let go of the file and the lock."""
        self._stack.close()
        self._build = None


def warehouse_build(warehouse: Warehouse, *, lake: Lake, retry_plan: RetryPlan) -> dg.ResourceDefinition:
    """A :class:`WarehouseBuild` per run."""

    @dg.resource
    def build_of_this_run(_: dg.InitResourceContext) -> Iterator[WarehouseBuild]:
        build = WarehouseBuild(warehouse=warehouse, lake=lake, retry_plan=retry_plan)
        try:
            yield build
        finally:
            build.drop()

    return build_of_this_run


def dbt_project(settings: Settings) -> DbtProject:
    """The dbt project, with its artifacts beside the data they speak of: two data folders never share a manifest."""
    return DbtProject(project_dir=PROJECT_ROOT / "dbt", target_path=(settings.data_root / ".dbt").resolve())


def dbt_cli(project: DbtProject) -> DbtCliResource:
    """The dbt of this environment, whatever PATH says."""
    return DbtCliResource(project_dir=project, dbt_executable=str(Path(sys.executable).with_name("dbt")))


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
