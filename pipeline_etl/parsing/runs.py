"""Columns in which a value is repeated many times, made without repeating it in Python."""

from collections.abc import Sequence
from itertools import chain, repeat
from typing import Final

import polars as pl

SMALL: Final = 5_000
"""Rows up to which to repeat in Python is faster than to begin doing it otherwise."""


def repeated(values: Sequence[int | None], counts: Sequence[int]) -> pl.Series:
    """Each value so many times."""
    if len(values) == 1:
        return pl.Series("value", values, dtype=pl.Int64).new_from_index(0, counts[0])
    if sum(counts) <= SMALL:
        return pl.Series("value", list(chain.from_iterable(map(repeat, values, counts))), dtype=pl.Int64)
    runs = pl.DataFrame({"value": values, "count": counts}, schema={"value": pl.Int64, "count": pl.Int64})
    return runs.select(pl.col("value").repeat_by("count").explode(empty_as_null=False)).to_series()
