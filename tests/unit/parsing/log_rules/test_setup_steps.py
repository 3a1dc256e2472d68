"""Durations as package managers write them. What they print is told by the golden logs."""

import pytest

from pipeline_etl.parsing.log_rules.setup_steps import seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("345ms", 0.345), ("1.2s", 1.2), ("1m 3s", 63), ("2h 1m", 7260), ("5s 678ms", 5.678)],
)
def test_a_duration_is_the_sum_of_its_parts(text: str, seconds: float) -> None:
    assert seconds_of(text) == pytest.approx(seconds)
