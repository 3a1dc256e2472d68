"""The warehouse that readers open: put in place with one rename, after everything in it was built."""

from collections.abc import Iterable, Iterator

import dagster as dg

from pipeline_etl.orchestration.checks import ROW_COUNTS, row_counts, row_counts_result
from pipeline_etl.orchestration.failures import told_to_dagster
from pipeline_etl.orchestration.lineage import PUBLISHED
from pipeline_etl.orchestration.resources import WarehouseBuild
from pipeline_etl.storage import Warehouse

GROUP = "publish"


def published_asset(built: Iterable[dg.AssetKey]) -> dg.AssetsDefinition:
    """The published warehouse; ``built`` is what is built into it first."""

    @dg.multi_asset(
        name="publish",
        specs=[
            dg.AssetSpec(
                PUBLISHED,
                deps=list(built),
                group_name=GROUP,
                description="The DuckDB file readers open. A run that ends before this step changes nothing for them.",
                kinds={"duckdb"},
            )
        ],
        check_specs=[ROW_COUNTS],
    )
    def publish(
        warehouse_build: dg.ResourceParam[WarehouseBuild],
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        with told_to_dagster(warehouse_build.retry_plan):
            warehouse = warehouse_build.warehouse
            before = _row_counts(warehouse)
            notices = warehouse_build.publish()
            after = _row_counts(warehouse)
        yield dg.MaterializeResult(
            metadata={
                "path": dg.MetadataValue.path(warehouse.path),
                "bytes": warehouse.path.stat().st_size,
                "rows": after,
                "notices": notices,
            }
        )
        yield row_counts_result(before, after)

    return publish


def _row_counts(warehouse: Warehouse) -> dict[str, int]:
    """Of the file readers see now; empty while there is none."""
    if not warehouse.path.is_file():
        return {}
    with warehouse.read() as connection:
        return row_counts(connection)
