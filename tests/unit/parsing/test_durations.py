"""Durations are read as their producers mean them, and never guessed."""

import polars as pl
import pytest

from pipeline_etl.parsing.durations import parse_seconds, seconds_column


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("0.683", 0.683),
        ("1.7e-05", 1.7e-05),
        ("0", 0.0),
        ("1,234.567", 1234.567),
        ("1,234", 1234.0),
        ("0,123", 0.123),
        ("12,5", 12.5),
        (" 2.5 ", 2.5),
        ("-345345", None),
        ("<<computed>>", None),
        ("NaN", None),
        ("inf", None),
        ("1e999", None),
        ("", None),
        (None, None),
        ("1," * 100, None),
    ],
)
def test_a_duration_is_read_alone_and_in_a_column_alike(written: str | None, seconds: float | None) -> None:
    assert parse_seconds(written) == seconds
    assert seconds_column(pl.Series([written, "1"])).to_list() == [seconds, 1.0]
