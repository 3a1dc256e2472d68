"""What is looked at after every publish: is it fresh, is it whole, did it collapse.

The judgements are pure functions of what was read; the checks only read and tell.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import dagster as dg
import duckdb

from pipeline_etl.orchestration.lineage import PUBLISHED
from pipeline_etl.storage import Warehouse

STALE_AFTER: Final = timedelta(hours=36)
"""A nightly sync may be half a day late before somebody should look."""

COLLAPSE_FLOOR: Final = 100
"""Smaller tables come and go."""

COLLAPSE_RATIO: Final = 0.5
"""A table that loses half of its rows between two nights was not cleaned up; it was lost."""

ROW_COUNTS: Final = dg.AssetCheckSpec(
    "row_counts_did_not_collapse",
    asset=PUBLISHED,
    description="No table has less than half of the rows it had in the warehouse published before.",
)


def row_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows of every stored table of a warehouse, by schema.table."""
    names = connection.execute(
        "select schema_name, table_name from duckdb_tables() where not internal and not temporary order by all"
    ).fetchall()
    if not names:
        return {}
    tables = {f"{schema}.{name}": f"{_quoted(schema)}.{_quoted(name)}" for schema, name in names}
    counts = connection.execute(f"select {', '.join(f'(select count(*) from {table})' for table in tables.values())}")
    return dict(zip(tables, counts.fetchone() or (), strict=True))


def collapsed(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, str]:
    """Tables that lost more than half of their rows or are gone, with both counts in words."""
    return {
        name: f"{count} rows before, {after.get(name, 0)} now"
        for name, count in before.items()
        if count >= COLLAPSE_FLOOR and after.get(name, 0) < count * COLLAPSE_RATIO
    }


def row_counts_result(before: Mapping[str, int], after: Mapping[str, int]) -> dg.AssetCheckResult:
    """The judgement on the row counts of two warehouses in a row."""
    lost = collapsed(before, after)
    return dg.AssetCheckResult(
        check_name=ROW_COUNTS.name,
        asset_key=PUBLISHED,
        passed=not lost,
        description=_sentence("Tables lost more than half of their rows", lost) or "No table lost half of its rows.",
        metadata={"lost": lost},
    )


def stale(repositories: Sequence[tuple[str, datetime | None, bool]], *, now: datetime) -> dict[str, str]:
    """Repositories known only up to a moment too long ago; each is a name, that moment and whether it is an archive.

    A recorded archive never gets fresher and is never stale.
    """
    return {
        name: f"known up to {as_of_at:%Y-%m-%d %H:%M} UTC" if as_of_at else "never synced to its end"
        for name, as_of_at, is_recorded_archive in repositories
        if not is_recorded_archive and (as_of_at is None or now - as_of_at > STALE_AFTER)
    }


def warehouse_checks(warehouse: Warehouse, *, clock: Callable[[], datetime]) -> list[dg.AssetChecksDefinition]:
    """Freshness and completeness of the published warehouse."""

    @dg.asset_check(asset=PUBLISHED, description="Every repository is known up to the last 36 hours.")
    def every_repository_is_fresh() -> dg.AssetCheckResult:
        rows = _read(warehouse, "select repository_name, as_of_at, is_recorded_archive from marts.dim_repositories")
        late = stale([(name, as_of_at, is_archive) for name, as_of_at, is_archive in rows], now=clock())
        return _warning(
            _sentence("Repositories are not fresh", late),
            otherwise="Every repository is known up to the last 36 hours, or is a recorded archive.",
        )

    @dg.asset_check(asset=PUBLISHED, description="At least 99 % of what the service said exists is stored.")
    def what_exists_is_stored() -> dg.AssetCheckResult:
        rows = _read(
            warehouse,
            "select repository_name, item_kind, coverage_ratio from marts.rpt_completeness "
            "where is_below_floor order by all",
        )
        missing = {f"{item_kind} of {name}": f"{coverage_ratio:.1%}" for name, item_kind, coverage_ratio in rows}
        return _warning(
            _sentence("Less than 99 % of what the service said exists is stored (the report says why)", missing),
            otherwise="At least 99 % of what the service said exists is stored.",
        )

    return [every_repository_is_fresh, what_exists_is_stored]


def _read(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    with warehouse.read() as connection:
        return connection.execute(sql).fetchall()


def _warning(found: str, *, otherwise: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=not found, severity=dg.AssetCheckSeverity.WARN, description=found or otherwise)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _sentence(claim: str, found: Mapping[str, str]) -> str:
    """The claim and what it rests on; empty when that is nothing."""
    return f"{claim}: {'; '.join(f'{name}: {what}' for name, what in found.items())}." if found else ""
