"""Everything Dagster knows of this project; assembly, nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import dagster as dg

from pipeline_etl.extraction import OnProgress
from pipeline_etl.orchestration import resources
from pipeline_etl.orchestration.checks import ROW_COUNTS, warehouse_checks
from pipeline_etl.orchestration.dbt_assets import model_assets
from pipeline_etl.orchestration.extract_assets import GROUP as EXTRACT
from pipeline_etl.orchestration.extract_assets import lake_assets
from pipeline_etl.orchestration.failures import UNATTENDED, RetryPlan
from pipeline_etl.orchestration.lineage import PUBLISHED
from pipeline_etl.orchestration.load_assets import GROUP as LOAD
from pipeline_etl.orchestration.load_assets import raw_assets
from pipeline_etl.orchestration.progress import SpacedLines
from pipeline_etl.orchestration.publish_assets import published_asset
from pipeline_etl.orchestration.report_assets import report_asset
from pipeline_etl.orchestration.resources import Clock
from pipeline_etl.orchestration.timetable import NIGHTLY_JOB, nightly_schedule
from pipeline_etl.reports import WrittenReport
from pipeline_etl.settings import Settings, load_settings
from pipeline_etl.storage import Lake, Warehouse

LOGGER: Final = dg.get_dagster_logger()


def wall_clock() -> datetime:
    """The moment it is: the one place below the front door where it is asked."""
    return datetime.now(UTC)


def log_report(report: WrittenReport) -> None:
    """Where the report is, for those who read the log."""
    LOGGER.info("%s", ", ".join(map(str, report.paths)))


def build_definitions(
    settings: Settings,
    *,
    clock: Clock = wall_clock,
    on_progress: OnProgress | None = None,
    on_written: Callable[[WrittenReport], None] = log_report,
    retry_plan: RetryPlan = UNATTENDED,
) -> dg.Definitions:
    """Assets, checks, jobs, schedule and resources for these settings."""
    lake = Lake(settings.lake_root)
    warehouse = Warehouse(settings.warehouse_path)
    project = resources.dbt_project(settings)
    models = model_assets(project, warehouse_path=warehouse.build_path, variables=settings.prices)
    tables = raw_assets()
    published = published_asset([*tables.keys, *models.keys])
    nightly = dg.define_asset_job(NIGHTLY_JOB, description="Extract, load, transform, publish, report: the whole job.")
    return dg.Definitions(
        assets=[lake_assets(), tables, models, published, report_asset()],
        asset_checks=warehouse_checks(warehouse, clock=clock),
        jobs=[
            nightly,
            dg.define_asset_job(
                "extract", selection=dg.AssetSelection.groups(EXTRACT), description="CI service to lake."
            ),
            dg.define_asset_job(
                "load",
                # The other checks ask the marts, which this job does not make.
                selection=dg.AssetSelection.groups(LOAD)
                | dg.AssetSelection.assets(PUBLISHED).without_checks()
                | dg.AssetSelection.checks(ROW_COUNTS.key),
                description="Lake to raw tables; published without building the models anew.",
            ),
            dg.define_asset_job(
                "transform",
                selection=dg.AssetSelection.assets(*models.keys, PUBLISHED),
                description="Raw tables to marts.",
            ),
        ],
        schedules=[nightly_schedule()],
        executor=dg.in_process_executor,
        resources={
            "extraction": resources.Extraction(
                settings=settings,
                lake=lake,
                clock=clock,
                on_progress=on_progress or SpacedLines(LOGGER.info, now=clock),
                retry_plan=retry_plan,
            ),
            "warehouse_build": resources.warehouse_build(warehouse, lake=lake, clock=clock, retry_plan=retry_plan),
            "dbt": resources.dbt_cli(project),
            "reporting": resources.Reporting(
                settings=settings, warehouse=warehouse, on_written=on_written, retry_plan=retry_plan
            ),
        },
    )


@dg.definitions
def pipeline_etl() -> dg.Definitions:
    """What ``workspace.yaml`` points at: the settings in force, read when Dagster loads the code."""
    return build_definitions(load_settings())
