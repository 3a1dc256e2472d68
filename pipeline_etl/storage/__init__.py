"""What is kept: the lake that remembers, the ledger read from it, the warehouse made of it."""

from pipeline_etl.storage.compaction import compact
from pipeline_etl.storage.lake import Lake, WrittenBatch
from pipeline_etl.storage.layout import LakeFile, Partition
from pipeline_etl.storage.ledger import Ledger, StoredValidator
from pipeline_etl.storage.raw_tables import LoadedTable
from pipeline_etl.storage.retention import forget_months
from pipeline_etl.storage.warehouse import Build, Warehouse

__all__ = [
    "Build",
    "Lake",
    "LakeFile",
    "Ledger",
    "LoadedTable",
    "Partition",
    "StoredValidator",
    "Warehouse",
    "WrittenBatch",
    "compact",
    "forget_months",
]
