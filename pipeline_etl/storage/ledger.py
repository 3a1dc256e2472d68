"""What the service said exists and what became of it, read from the lake: there is no second record to disagree."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Self

import polars as pl

from pipeline_etl.contracts.tables import LedgerEntries, PageValidators, Syncs
from pipeline_etl.contracts.vocabulary import FINAL_STATES, ItemKind, ItemState, ProviderName
from pipeline_etl.storage.lake import Lake


@dataclass(frozen=True, kw_only=True)
class StoredValidator:
    """What to send for a list page to be told "not changed", and where the list went on."""

    etag: str
    next_url: str | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Ledger:
    """The ledger of one repository at the moment it was read; a sync reads it once, at its start."""

    entries: pl.DataFrame
    """The latest look at every item: the columns of LedgerEntries, one row per kind and id."""
    syncs: pl.DataFrame
    """Every sync that reached its end, the latest last: the columns of Syncs."""
    validators: Mapping[str, StoredValidator]
    """By request_url."""

    @classmethod
    def read(cls, lake: Lake, *, provider: ProviderName, repository_id: int) -> Self:
        """The repository's ledger; empty for one that was never synced. Raises CorruptPartition."""
        with lake.naming_corrupt_files(LedgerEntries, PageValidators, Syncs):
            looks = lake.scan(LedgerEntries, provider=provider, repository_id=repository_id).collect()
            validators = lake.current(PageValidators, provider=provider, repository_id=repository_id).collect()
            syncs = lake.current(Syncs, provider=provider, repository_id=repository_id).collect()
        return cls(
            entries=_latest_entries(looks),
            syncs=syncs.sort("extracted_at"),
            validators={
                url: StoredValidator(etag=etag, next_url=next_url)
                for url, etag, next_url in validators.select("request_url", "etag", "next_url").iter_rows()
            },
        )

    def known_until(self, *, by: datetime) -> datetime | None:
        """Moment up to which everything is known: where the last complete sync ended. None before the first.

        A sync that claims to know beyond ``by``, the moment it is, was told a wrong time and is not believed.
        """
        believed = self.syncs.filter(pl.col("is_complete") & (pl.col("known_until_at") <= by))
        latest: datetime | None = believed.select(pl.col("known_until_at").last()).item()
        return latest

    def state(self, item_kind: ItemKind, item_id: str) -> ItemState | None:
        """What became of one item; None for one the ledger has never heard of."""
        return self._states.get((item_kind, item_id))

    def items(self, item_kind: ItemKind, *states: str) -> frozenset[str]:
        """Ids of the items of a kind that are in one of the states; in any state when none is named."""
        return frozenset(
            item_id
            for (kind, item_id), state in self._states.items()
            if kind == item_kind and (not states or state in states)
        )

    @cached_property
    def _states(self) -> dict[tuple[str, str], ItemState]:
        rows = self.entries.select("item_kind", "item_id", "state").iter_rows()
        return {(kind, item_id): state for kind, item_id, state in rows}


def _latest_entries(entries: pl.DataFrame) -> pl.DataFrame:
    """The latest look at each item; of looks at one moment, one that is final, so that nothing stored is owed again."""
    is_final = pl.col("state").cast(pl.String).is_in(sorted(FINAL_STATES))
    return entries.sort("extracted_at", is_final, "state").unique(
        subset=LedgerEntries.primary_key(), keep="last", maintain_order=True
    )
