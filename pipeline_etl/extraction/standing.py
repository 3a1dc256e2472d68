"""The rows that stand, and what another reading of their originals changes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import polars as pl

from pipeline_etl.contracts.tables import Table

NEXT: Final = timedelta(microseconds=1)
"""By how much a corrected row is later than what it was read from."""


class Standing:
    """The rows of some tables that stand. Tables are read when they are first asked for."""

    def __init__(self, read: Callable[[Table], pl.DataFrame]) -> None:
        self._read: Final = read
        self._rows: Final[dict[Table, pl.DataFrame]] = {}
        self._unmet: Final[dict[Table, pl.DataFrame]] = {}

    def rows(self, table: Table) -> pl.DataFrame:
        """The rows of a table."""
        if table not in self._rows:
            self._rows[table] = self._read(table)
            self._unmet[table] = self._rows[table].select(table.primary_key())
        return self._rows[table]

    def differing(self, read: pl.DataFrame, table: Table) -> pl.DataFrame:
        """Of rows read again those that are not stored just so, under the moment at which they are to stand.

        A row that stands and is later than what these were read from is left alone. ``is_corrected`` tells of each
        whether there is another of its key.

        Args:
            read: rows of the table, each under the moment of what it was read from; there may be more columns.
            table: the table.
        """
        key, standing = table.primary_key(), self.rows(table)
        latest = read.sort("extracted_at", maintain_order=True).unique(key, keep="last", maintain_order=True)
        self._unmet[table] = self._unmet[table].join(latest, on=key, how="anti")
        moments = standing.select(*key, pl.col("extracted_at").alias("standing_at"))
        content = [name for name in table.columns() if name != "extracted_at"]
        is_corrected = pl.col("standing_at").is_not_null()
        moment = pl.col("extracted_at")
        return (
            latest.join(moments, on=key, how="left")
            .filter(~is_corrected | (pl.col("standing_at") <= moment))
            .join(standing, on=content, how="anti", nulls_equal=True)
            .with_columns(
                is_corrected.alias("is_corrected"), pl.when(is_corrected).then(moment + NEXT).otherwise(moment)
            )
            .drop("standing_at")
        )

    def replace(self, rows: pl.DataFrame, table: Table) -> None:
        """Have rows of a table stand from now on."""
        others = self.rows(table).join(rows, on=table.primary_key(), how="anti")
        self._rows[table] = pl.concat([others, rows.select(others.columns)])

    def unmet(self, table: Table) -> int:
        """How many of the rows that stood at first nothing was read again for."""
        self.rows(table)
        return len(self._unmet[table])
