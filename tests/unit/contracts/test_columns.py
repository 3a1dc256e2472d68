import polars as pl
import pytest

from pipeline_etl.contracts import columns
from pipeline_etl.contracts.vocabulary import Result, words

KINDS = {
    columns.text: pl.String(),
    columns.texts: pl.List(pl.String()),
    columns.numbers: pl.List(pl.Int64()),
    columns.whole: pl.Int64(),
    columns.size: pl.Int64(),
    columns.seconds: pl.Float64(),
    columns.share: pl.Float64(),
    columns.flag: pl.Boolean(),
    columns.instant: pl.Datetime("us", "UTC"),
}


@pytest.mark.parametrize(("kind", "dtype"), KINDS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_kind_of_column_has_one_type_and_is_required_unless_said_otherwise(kind: type, dtype: pl.DataType) -> None:
    column = kind("What it means.")

    assert (column.dtype, column.nullable, column.primary_key) == (dtype, False, False)
    assert column.metadata == {"description": "What it means."}
    assert kind("What it means.", nullable=True).nullable


def test_a_word_is_one_of_its_vocabulary() -> None:
    column = columns.word(Result, "How it ended.")

    assert list(column.dtype.categories) == list(words(Result))
