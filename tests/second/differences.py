"""What is not as it should be."""

from collections.abc import Hashable, Mapping
from math import isclose
from typing import Any

Table = Mapping[Hashable, Mapping[str, Any]]
"""Key → column → value."""


def differences(
    expected: Table, actual: Table, *, tolerance: float = 1e-6
) -> list[tuple[Hashable, str, object, object]]:
    """Key, column, what it should be and what it is, of everything that is not as it should be."""
    missing = [(key, "row", row, None) for key, row in expected.items() if key not in actual]
    needless = [(key, "row", None, row) for key, row in actual.items() if key not in expected]
    unequal = [
        (key, column, value, actual[key][column])
        for key, row in expected.items()
        if key in actual
        for column, value in row.items()
        if not same(value, actual[key][column], tolerance)
    ]
    return [*missing, *needless, *unequal][:20]


def same(left: object, right: object, tolerance: float) -> bool:
    if isinstance(left, float) and right is not None:
        return isclose(float(right), left, rel_tol=1e-9, abs_tol=tolerance)
    return left == right
