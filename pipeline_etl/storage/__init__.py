"""What is kept: the lake that remembers, the ledger read from it, the warehouse made of it."""

from pipeline_etl.storage.lake import Lake, WrittenBatch
from pipeline_etl.storage.layout import Partition
from pipeline_etl.storage.ledger import Ledger, StoredValidator

__all__ = ["Lake", "Ledger", "Partition", "StoredValidator", "WrittenBatch"]
