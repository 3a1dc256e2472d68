"""Durations as test reports write them."""

import math
import re
from typing import Final

import polars as pl

_THOUSANDS: Final = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL_COMMA: Final = re.compile(r"\d+,\d+")


def parse_seconds(text: str | None) -> float | None:
    """A duration in seconds; None when it is missing, negative or no number.

    ``1,234.567`` is how Surefire writes more than 1000 s and so ``1,234`` is 1234 s; ``0,123`` and ``12,5`` are
    decimals of a locale with a comma.
    """
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        text = text.strip()
        if len(text) > 40:
            return None
        if _THOUSANDS.fullmatch(text):
            seconds = float(text.replace(",", ""))
        elif _DECIMAL_COMMA.fullmatch(text):
            seconds = float(text.replace(",", "."))
        else:
            return None
    return seconds if 0 <= seconds < math.inf else None


def seconds_column(written: pl.Series) -> pl.Series:
    """``parse_seconds`` of each, at the speed of one cast as long as they are plain numbers."""
    seconds = written.cast(pl.Float64, strict=False)
    is_whole = seconds.null_count() == written.null_count() and math.isfinite(seconds.sum())
    if is_whole and (seconds.is_empty() or seconds.null_count() == len(seconds) or seconds.min() >= 0):  # type: ignore[operator] # a float
        return seconds
    is_odd = written.is_not_null() & (seconds.is_null() | ~seconds.is_between(0, math.inf, closed="left"))
    if is_odd.any():
        odd = is_odd.arg_true()
        seconds = seconds.scatter(odd, pl.Series(map(parse_seconds, written.gather(odd)), dtype=pl.Float64))
    return seconds
