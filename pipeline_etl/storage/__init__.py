"""What is kept: the lake that remembers, the ledger read from it, the warehouse made of it.

Names are found when they are first asked for: who only reads the published warehouse does not wait for what writes one.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pipeline_etl.storage.compaction import compact
    from pipeline_etl.storage.conform import latest_looks
    from pipeline_etl.storage.damage import Damaged, damage_of, damaged, set_aside
    from pipeline_etl.storage.durable import disk_full, room_for
    from pipeline_etl.storage.lake import Lake, WrittenBatch
    from pipeline_etl.storage.layout import LakeFile, Partition, read_at
    from pipeline_etl.storage.ledger import Ledger, StoredValidator
    from pipeline_etl.storage.locks import exclusive
    from pipeline_etl.storage.published import read_published
    from pipeline_etl.storage.raw_tables import LoadedTable
    from pipeline_etl.storage.retention import forget_months
    from pipeline_etl.storage.warehouse import Build, Warehouse

HOMES: Final = {
    "Build": "warehouse",
    "Damaged": "damage",
    "Lake": "lake",
    "LakeFile": "layout",
    "Ledger": "ledger",
    "LoadedTable": "raw_tables",
    "Partition": "layout",
    "StoredValidator": "ledger",
    "Warehouse": "warehouse",
    "WrittenBatch": "lake",
    "compact": "compaction",
    "damage_of": "damage",
    "damaged": "damage",
    "disk_full": "durable",
    "exclusive": "locks",
    "forget_months": "retention",
    "latest_looks": "conform",
    "read_at": "layout",
    "read_published": "published",
    "room_for": "durable",
    "set_aside": "damage",
}
"""Public name → the module it lives in."""

__all__ = [
    "Build",
    "Damaged",
    "Lake",
    "LakeFile",
    "Ledger",
    "LoadedTable",
    "Partition",
    "StoredValidator",
    "Warehouse",
    "WrittenBatch",
    "compact",
    "damage_of",
    "damaged",
    "disk_full",
    "exclusive",
    "forget_months",
    "latest_looks",
    "read_at",
    "read_published",
    "room_for",
    "set_aside",
]


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
