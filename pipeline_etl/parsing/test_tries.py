"""Which test cases of a report are tries of one test, and which are different tests that share a name.

A retry ends with the first pass. So a test named several times in a report was retried if one of its cases ended badly
and at most one passed; several that passed are different tests under one name (as parametrised tests often are), told
apart by an ordinal. The answer depends on which cases there are, not on their order.
"""

from typing import Final

import polars as pl

_BAD: Final = pl.col("test_outcome").is_in(["failed", "error"])
_PASSED: Final = pl.col("test_outcome") == "passed"


def number_tries(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with ``test_ordinal`` and ``try_number``, both from 1, in the same order.

    Args:
        rows: One row per try, with ``test_id``, ``case_number`` (equal for the tries written into one case), ``place``
            (what of suites and host tells two cases of one name apart; never null), ``file_path`` (which does too),
            ``is_named`` (cases without a name are never tries of one test), ``test_outcome`` and ``test_seconds``.

    Tests that share an identity are numbered by place, and within it the worst first: the test without an ordinal is
    then the one that tells whether anything of that name went wrong.
    """
    case_count = rows["case_number"].n_unique()
    if rows["test_id"].n_unique() == case_count:
        first = pl.lit(1, dtype=pl.Int64)
        nth = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("case_number")
        is_tried_once = case_count == rows.height
        return rows.with_columns(test_ordinal=first, try_number=first if is_tried_once else nth)
    numbered = rows.with_row_index("row")
    group = pl.struct("test_id", "place", "file_path")
    is_retried = pl.col("is_named") & (_BAD.sum().over(group) > 0) & (_PASSED.sum().over(group) <= 1)
    test = pl.when(is_retried).then(pl.col("case_number").min().over(group)).otherwise(pl.col("case_number"))
    numbered = numbered.with_columns(test.alias("test"))
    verdict = (
        pl.when(_BAD.any() & _PASSED.any()).then(2)  # flaky
        .when((pl.col("test_outcome") == "error").any()).then(0)
        .when(_BAD.any()).then(1)
        .when(_PASSED.any()).then(3)
        .otherwise(4)
    )  # fmt: skip
    ordinals = (
        numbered.group_by("test_id", "test")
        .agg(pl.col("place", "file_path").first(), verdict.alias("verdict"), pl.col("test_seconds").sum())
        .sort("test_id", "place", "file_path", "verdict", "test_seconds", "test")
        .select("test_id", "test", pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("test_id").alias("test_ordinal"))
    )
    return (
        numbered.sort("test", _PASSED, "row")
        .with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("test").alias("try_number"))
        .join(ordinals, on=["test_id", "test"], how="left")
        .sort("row")
        .select(*rows.columns, "test_ordinal", "try_number")
    )
