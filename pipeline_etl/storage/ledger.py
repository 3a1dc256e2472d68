"""What the service said exists and what became of it, read from the lake: there is no second record to disagree."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

import polars as pl

from pipeline_etl.contracts.tables import LedgerEntries, PageValidators, Syncs
from pipeline_etl.contracts.vocabulary import FINAL_STATES, ItemKind, ProviderName
from pipeline_etl.storage.lake import Lake
from pipeline_etl.storage.layout import LakeFile

_IS_OPEN = ~pl.col("state").cast(pl.String).is_in(sorted(FINAL_STATES))


@dataclass(frozen=True, kw_only=True)
class StoredValidator:
    """What to send for a list page to be told "not changed", and where the list went on."""

    etag: str
    next_url: str | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Ledger:
    """The ledger of one repository at the moment it was read; a sync reads it once, at its start.

    What is final is most of it and grows for ever; it is never held, but looked up when somebody asks for some of it.
    """

    open: pl.DataFrame
    """The latest look at every item that is not in a final state: the columns of LedgerEntries."""
    syncs: pl.DataFrame
    """Every sync that reached its end, the latest last: the columns of Syncs."""
    validators: Mapping[str, StoredValidator]
    """By request_url."""
    _lake: Lake
    _files: Sequence[LakeFile]

    @classmethod
    def read(
        cls, lake: Lake, *, provider: ProviderName, repository_id: int, page_life: timedelta | None = None
    ) -> Self:
        """The repository's ledger; empty for one that was never synced. Raises CorruptPartition.

        Of validators that were told longer before the last sync than ``page_life``, those of pages nobody asks for any
        more, some are left out; None to read all.
        """
        files = lake.files(LedgerEntries, provider=provider, repository_id=repository_id)
        with lake.naming_corrupt_files(PageValidators, Syncs):
            syncs = lake.current(Syncs, provider=provider, repository_id=repository_id).sort("extracted_at").collect()
            validators = lake.current(
                PageValidators, provider=provider, repository_id=repository_id, where=_told_lately(syncs, page_life)
            ).collect()
        return cls(
            open=_open_entries(lake, files),
            syncs=syncs,
            validators={
                url: StoredValidator(etag=etag, next_url=next_url)
                for url, etag, next_url in validators.select("request_url", "etag", "next_url").iter_rows()
            },
            _lake=lake,
            _files=files,
        )

    def known_until(self, *, by: datetime) -> datetime | None:
        """Moment up to which everything is known: where the last complete sync ended. None before the first.

        A sync that claims to know beyond ``by``, the moment it is, was told a wrong time and is not believed.
        """
        believed = self._believed(by=by)
        latest: datetime | None = believed.select(pl.col("known_until_at").last()).item()
        return latest

    def accounted_until(self, *, by: datetime) -> datetime | None:
        """Whatever was stored up to this moment of reading has its word in the ledger; None when nothing says so.

        It is the end of the last complete sync but one: a complete sync leaves nothing without a word, and all that it
        stored itself was read after the end of the one before.
        """
        believed = self._believed(by=by)
        return believed["extracted_at"][-2] if believed.height > 1 else None

    def met(self, item_kind: ItemKind, item_ids: Collection[str]) -> frozenset[str]:
        """Those of some items that the ledger has heard of."""
        found = self._looked_up(item_kind, pl.col("item_id").is_in(sorted(item_ids))) if item_ids else ()
        return frozenset(found)

    def settled(self, item_kind: ItemKind, item_ids: Collection[str]) -> frozenset[str]:
        """Those of some items that are in a final state."""
        return self.met(item_kind, item_ids) - self._open_ids(item_kind)

    def settled_of_runs(self, item_kind: ItemKind, run_ids: Collection[int]) -> frozenset[str]:
        """The items of some runs that are in a final state."""
        found = self._looked_up(item_kind, pl.col("run_id").is_in(sorted(run_ids))) if run_ids else ()
        return frozenset(found) - self._open_ids(item_kind)

    def _believed(self, *, by: datetime) -> pl.DataFrame:
        return self.syncs.filter(pl.col("is_complete") & (pl.col("known_until_at") <= by))

    def _open_ids(self, item_kind: ItemKind) -> frozenset[str]:
        return frozenset(self.open.filter(pl.col("item_kind").cast(pl.String) == item_kind)["item_id"])

    def _looked_up(self, item_kind: ItemKind, where: pl.Expr) -> pl.Series:
        with self._lake.naming_corrupt_files(LedgerEntries):
            looks = self._lake.scan_files(LedgerEntries, self._files, where=(pl.col("item_kind") == item_kind) & where)
            return looks.select("item_id").collect()["item_id"]


def _told_lately(syncs: pl.DataFrame, page_life: timedelta | None) -> pl.Expr | None:
    """The condition on looks that they are later than the last sync that ended so long before the last one of all."""
    if page_life is None or syncs.is_empty():
        return None
    before = syncs.filter(pl.col("known_until_at") <= pl.col("known_until_at").last() - page_life)
    return None if before.is_empty() else pl.col("extracted_at") > before["extracted_at"][-1]


def _open_entries(lake: Lake, files: Sequence[LakeFile]) -> pl.DataFrame:
    """The latest look at each item, where that is not final.

    Few items were ever seen in another state than a final one, and of those alone all looks are read.
    """
    with lake.naming_corrupt_files(LedgerEntries):
        ever_open = lake.scan_files(LedgerEntries, files, where=_IS_OPEN).select("item_id").unique().collect()
        is_one_of_them = pl.col("item_id").is_in(ever_open["item_id"])
        looks = lake.scan_files(LedgerEntries, files, where=is_one_of_them).collect()
    return _latest_entries(looks).filter(_IS_OPEN)


def _latest_entries(entries: pl.DataFrame) -> pl.DataFrame:
    """The latest look at each item; of looks at one moment, one that is final, so that nothing stored is owed again."""
    return entries.sort("extracted_at", ~_IS_OPEN, "state").unique(
        subset=LedgerEntries.primary_key(), keep="last", maintain_order=True
    )
