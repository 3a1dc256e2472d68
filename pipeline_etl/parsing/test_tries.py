"""Which test cases of a report are tries of one test, and which are different tests that share a name.

A retry ends with the first pass. So a test named several times in a report was retried if one of its cases ended badly
and at most one passed; several that passed are different tests under one name (as parametrised tests often are), told
apart by an ordinal. The answer depends on which cases there are, not on their order.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

_BAD: Final = pl.col("test_outcome").is_in(["failed", "error"])
_PASSED: Final = pl.col("test_outcome") == "passed"


def number_tries(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with ``test_ordinal`` and ``try_number``, both from 1, in the same order.

    Args:
        rows: One row per try, with ``report_number`` (nothing is shared between reports), ``test_id``, ``case_number``
            (equal for the tries written into one case), ``place`` (what of suites and host tells two cases of one name
            apart; never null), ``file_path`` (which does too), ``is_named`` (cases without a name are never tries of
            one test), ``test_outcome`` and ``test_seconds``. Sorted by report and case.

    Tests that share an identity are numbered by place, and within it the worst first: the test without an ordinal is
    then the one that tells whether anything of that name went wrong.
    """
    nth = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    numbered = rows.with_row_index("row")
    group = pl.struct("report_number", "test_id", "place", "file_path")
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
        numbered.group_by("report_number", "test_id", "test")
        .agg(pl.col("place", "file_path").first(), verdict.alias("verdict"), pl.col("test_seconds").sum())
        .sort("report_number", "test_id", "place", "file_path", "verdict", "test_seconds", "test")
        .select("test", nth.over("report_number", "test_id").alias("test_ordinal"))
    )
    return (
        numbered.sort("test", _PASSED, "row")
        .with_columns(nth.over("test").alias("try_number"))
        .join(ordinals, on="test", how="left")
        .sort("row")
        .select(*rows.columns, "test_ordinal", "try_number")
    )


def is_each_tried_once(rows: Sequence[pl.DataFrame]) -> bool:
    """Whether no two rows, given as for ``number_tries`` in several frames, have to do with each other."""
    # Two hashes that fall together only cost the longer way.
    test = pl.col("test_id").hash() + pl.col("report_number").hash()
    told = pl.concat([frame.select("case_number", test=test) for frame in rows])
    of_case = pl.col("case_number")
    again = told.select((of_case == of_case.shift(1)).any(), test=pl.col("test").n_unique() < pl.len())
    return not any(again.row(0))


def is_one_report(rows: pl.DataFrame) -> bool:
    """Whether rows sorted by report are of one report, or none."""
    numbers = rows["report_number"]
    return numbers.is_empty() or numbers[0] == numbers[-1]
