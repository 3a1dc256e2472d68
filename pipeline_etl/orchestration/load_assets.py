"""Lake → ``raw`` in the warehouse: one asset per declared table."""

import dagster as dg

from pipeline_etl.contracts.render import SOURCE_TABLES
from pipeline_etl.contracts.tables import Table, grain
from pipeline_etl.orchestration.failures import told_to_dagster
from pipeline_etl.orchestration.lineage import column_schema, lake_key, raw_key
from pipeline_etl.orchestration.resources import WarehouseBuild

GROUP = "load"


def raw_assets() -> list[dg.AssetsDefinition]:
    """One asset for every table SQL can read under ``raw``."""
    return [_raw_asset(table) for table in SOURCE_TABLES]


def _raw_asset(table: Table) -> dg.AssetsDefinition:
    @dg.asset(
        key=raw_key(table),
        deps=[lake_key(table)],
        group_name=GROUP,
        description=grain(table),
        kinds={"duckdb"},
        metadata={"dagster/column_schema": column_schema(table)},
    )
    def load(warehouse_build: dg.ResourceParam[WarehouseBuild]) -> dg.MaterializeResult[None]:
        with told_to_dagster(warehouse_build.retry_plan):
            loaded = warehouse_build.load(table)
        return dg.MaterializeResult(metadata={"rows_added": loaded.row_count, "files_added": loaded.file_count})

    return load
