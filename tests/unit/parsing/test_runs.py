"""Repeating a value in a column."""

import pytest

from pipeline_etl.parsing.runs import repeated


@pytest.mark.parametrize(
    ("values", "counts", "expected"),
    [
        ([], [], []),
        ([7], [3], [7, 7, 7]),
        ([None], [2], [None, None]),
        ([1, None, 2], [2, 1, 1], [1, 1, None, 2]),
        ([1, 2, 3], [1, 0, 1], [1, 3]),
    ],
)
def test_each_value_is_there_as_often_as_it_should(values, counts, expected) -> None:
    assert repeated(values, counts).to_list() == expected
