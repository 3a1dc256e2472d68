"""Lake → ``raw`` in the warehouse: one asset per declared table, made from the declarations."""

from collections.abc import Iterator

import dagster as dg

from pipeline_etl.contracts.render import SOURCE_TABLES
from pipeline_etl.contracts.tables import grain
from pipeline_etl.orchestration.failures import told_to_dagster
from pipeline_etl.orchestration.lineage import column_schema, lake_key, raw_key
from pipeline_etl.orchestration.resources import WarehouseBuild

GROUP = "load"


def raw_assets() -> dg.AssetsDefinition:
    """The tables SQL can read under ``raw``: any of them can be loaded alone, all are loaded in one step."""

    @dg.multi_asset(
        name="load_raw_tables",
        specs=[
            dg.AssetSpec(
                raw_key(table),
                deps=[lake_key(table)],
                group_name=GROUP,
                description=grain(table),
                kinds={"duckdb"},
                skippable=True,
                metadata={"dagster/column_schema": column_schema(table)},
            )
            for table in SOURCE_TABLES
        ],
        can_subset=True,
    )
    def load(
        context: dg.AssetExecutionContext, warehouse_build: dg.ResourceParam[WarehouseBuild]
    ) -> Iterator[dg.MaterializeResult[None]]:
        selected = [table for table in SOURCE_TABLES if raw_key(table) in context.selected_asset_keys]
        with told_to_dagster(warehouse_build.retry_plan):
            loaded = warehouse_build.load(selected)
        for table, added in loaded.items():
            yield dg.MaterializeResult(
                asset_key=raw_key(table),
                metadata={"rows_added": added.row_count, "files_added": added.file_count},
            )

    return load
