"""CI service → lake: one step for every table, since one answer of the service fills several."""

from collections.abc import Iterator, Sequence

import dagster as dg

from pipeline_etl.contracts.tables import TABLES, Syncs, grain, table_name
from pipeline_etl.errors import NotPermitted
from pipeline_etl.extraction import RepositorySync
from pipeline_etl.orchestration.failures import told_to_dagster
from pipeline_etl.orchestration.lineage import READ_FROM, READ_ORDER, column_schema, lake_key
from pipeline_etl.orchestration.resources import Extraction

GROUP = "extract"
SYNCED = "every_repository_was_synced"


def lake_assets() -> dg.AssetsDefinition:
    """The tables of the lake, in one asset definition each and one step together."""

    @dg.multi_asset(
        name="extract_github",
        specs=[
            dg.AssetSpec(
                lake_key(table),
                deps=[lake_key(source) for source in READ_FROM[table]],
                group_name=GROUP,
                description=grain(table),
                kinds={"parquet"},
                metadata={"dagster/column_schema": column_schema(table)},
            )
            for table in TABLES
        ],
        check_specs=[
            dg.AssetCheckSpec(
                SYNCED, asset=lake_key(Syncs), description="Every repository was read to its end; none stopped another."
            )
        ],
    )
    def extract_github(
        extraction: dg.ResourceParam[Extraction],
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        with told_to_dagster(extraction.retry_plan):
            syncs = extraction.sync()
        for table in READ_ORDER:
            added = {sync.repository_name: sync.row_counts.get(table_name(table), 0) for sync in syncs}
            yield dg.MaterializeResult(
                asset_key=lake_key(table),
                metadata={
                    "rows_added": sum(added.values()),
                    "rows_added_by_repository": added,
                    "notices": [*extraction.notices, *lacking_permissions(syncs)] if table is Syncs else [],
                },
            )
        yield synced_check(syncs)

    return extract_github


def lacking_permissions(syncs: Sequence[RepositorySync]) -> list[str]:
    """What the token may not read, once for all repositories where it is the same of them."""
    names: dict[str, list[str]] = {}
    for sync in syncs:
        for sentence in sync.lacking:
            names.setdefault(sentence, []).append(sync.repository_name)
    return [f"{', '.join(of)}: {sentence} {NotPermitted.advice}" for sentence, of in names.items()]


def synced_check(syncs: Sequence[RepositorySync]) -> dg.AssetCheckResult:
    """Whether every repository was read to its end, with what each of the others met and what a person should do."""
    return dg.AssetCheckResult(
        check_name=SYNCED,
        asset_key=lake_key(Syncs),
        passed=all(sync.error is None for sync in syncs),
        metadata={
            "repositories": {
                sync.repository_name: {
                    "status": sync.status,
                    "known_until_at": sync.known_until_at.isoformat() if sync.known_until_at else None,
                    "rows_added": sum(sync.row_counts.values()),
                    "requests": sync.request_count,
                    "requests_left": sync.budget.remaining_count if sync.budget else None,
                    "requests_granted": sync.budget.limit_count if sync.budget else None,
                    "problems": sync.problem_count,
                    "error": str(sync.error) if sync.error else None,
                    "advice": sync.error.advice if sync.error else None,
                }
                for sync in syncs
            }
        },
    )
