"""Reading the files of a lake, and the few things that are reckoned everywhere.

What is in this folder counts the numbers of the marts a second time: in plain Python, from the lake's files, by the
definitions of docs/metrics.md. No table of a warehouse is read, and no line of a model's SQL is repeated.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from math import floor
from pathlib import Path
from typing import Any

import polars as pl

Row = dict[str, Any]


def looks(lake: Path, table: str) -> pl.DataFrame:
    """Every look at the things of a table; empty where there is nothing of it."""
    files = sorted((lake / table).glob("**/*.parquet"))
    return pl.read_parquet(files, hive_partitioning=False) if files else pl.DataFrame()


def latest(lake: Path, table: str, *key: str) -> list[Row]:
    """Of each thing the look that was read last."""
    found = looks(lake, table)
    if not found.height:
        return []
    return found.sort("extracted_at").unique(["repository_id", *key], keep="last", maintain_order=True).to_dicts()


def of_latest_parent(lake: Path, table: str, parent: str, *key: str) -> list[Row]:
    """Rows that are stored whole with their parent: those of the parent's last look."""
    found = looks(lake, table)
    if not found.height:
        return []
    names = ["repository_id", *key]
    parents = looks(lake, parent).group_by(names).agg(pl.col("extracted_at").max())
    return found.join(parents, on=[*names, "extracted_at"], how="semi").to_dicts()


def seconds(earlier: datetime | None, later: datetime | None) -> float | None:
    """Null where one is unknown, or the clocks disagree on the order."""
    if earlier is None or later is None or later < earlier:
        return None
    return (later - earlier).total_seconds()


def known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def total(values: Iterable[float | None]) -> float | None:
    """Null of nothing."""
    found = known(values)
    return sum(found) if found else None


def quantile(values: Iterable[float | None], share: float, *, least: int) -> float | None:
    """Linear between order statistics; null of too few."""
    found = sorted(known(values))
    if len(found) < least:
        return None
    rank = (len(found) - 1) * share
    below = floor(rank)
    above = min(below + 1, len(found) - 1)
    return found[below] + (found[above] - found[below]) * (rank - below)


def median(values: Iterable[float | None]) -> float | None:
    return quantile(values, 0.5, least=5)


def percentile_95(values: Iterable[float | None]) -> float | None:
    return quantile(values, 0.95, least=20)


def share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def monday(moment: datetime) -> date:
    """First day of the ISO week."""
    return moment.date() - timedelta(days=moment.weekday())


def completeness(lake: Path) -> dict[tuple[int, str], tuple[int, int, float | None]]:
    """Repository and kind of thing → how many are known and stored, and stored by wanted."""
    states = defaultdict(Counter)
    for row in latest(lake, "ledger_entries", "item_kind", "item_id"):
        states[row["repository_id"], row["item_kind"]][row["state"]] += 1
    return {
        key: (own.total(), own["stored"], share(own["stored"], own.total() - own["not_wanted"]))
        for key, own in states.items()
    }
