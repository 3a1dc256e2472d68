"""What is true of tests and never told: which of them are flaky, from when to when, and what breaks them for a reason."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from tests.simulated.scenarios import Scenario

ALWAYS: Final = None
"""Of a breakage: in every configuration."""


@dataclass(frozen=True, kw_only=True)
class Breakage:
    """Tests that fail for a reason, from a start up to an end, in one configuration or in all."""

    tests: NDArray[np.int64]
    start: float
    end: float
    config: int | None

    @classmethod
    def of(
        cls,
        random: np.random.Generator,
        test_count: int,
        *,
        size: int,
        start: float,
        length: float,
        config: int | None = ALWAYS,
    ) -> Self:
        """Neighbours break together: they test the same thing."""
        first = int(random.integers(test_count))
        return cls(tests=(first + np.arange(size)) % test_count, start=start, end=start + length, config=config)


@dataclass(frozen=True, kw_only=True)
class Tests:
    """One entry per test. A rate is 0 for a test that is never flaky; ``flaky_config`` is -1 for all configurations."""

    __test__ = False  # no test, whatever its name says

    rates: NDArray[np.float64]
    flaky_from: NDArray[np.float64]
    flaky_until: NDArray[np.float64]
    flaky_config: NDArray[np.int64]
    group: NDArray[np.int64]
    group_count: int
    is_in_group: NDArray[np.bool_]
    born_at: NDArray[np.float64]
    removed_at: NDArray[np.float64]
    is_skipped: NDArray[np.bool_]

    def rates_at(self, at: float, config: int) -> NDArray[np.float64]:
        """How often each fails for no reason, at a time and in a configuration."""
        is_alive = (self.flaky_from <= at) & (at < self.flaky_until) & np.isin(self.flaky_config, (-1, config))
        return np.where(is_alive, self.rates, 0.0)


def drawn_tests(scenario: Scenario, random: np.random.Generator) -> Tests:
    """Tests of a scenario. Rates are drawn evenly over their logarithm: most flakes are rare."""
    count, days = scenario.test_count, scenario.day_count
    flaky = random.choice(count, max(scenario.group_size, round(scenario.flaky_ratio * count)), replace=False)
    rates = np.zeros(count)
    low, high = np.log(scenario.flaky_rate_low), np.log(scenario.flaky_rate_high)
    group = np.zeros(count, dtype=np.int64)
    groups = np.arange(len(flaky)) // scenario.group_size
    rates[flaky] = np.exp(random.uniform(low, high, groups.max() + 1))[groups]
    group[flaky] = groups
    born = random.random(count) < scenario.born_ratio
    removed = ~born & (random.random(count) < scenario.removed_ratio)
    born_at = np.where(born, random.uniform(0, days, count), -1.0)
    is_late = random.random(count) < scenario.born_flaky_ratio
    flaky_from = np.maximum(born_at, np.where(is_late, random.uniform(0.4 * days, 0.95 * days, count), -1.0))
    is_mended = ~is_late & (random.random(count) < scenario.mended_ratio)
    in_one = random.random(count) < scenario.flaky_in_one_config_ratio
    return Tests(
        rates=rates,
        flaky_from=flaky_from,
        flaky_until=np.where(is_mended, random.uniform(0.3 * days, 0.9 * days, count), np.inf),
        flaky_config=np.where(in_one, random.integers(scenario.config_count, size=count), -1),
        group=group,
        group_count=int(groups.max()) + 1,
        is_in_group=(rates > 0) & (scenario.group_size > 1),
        born_at=born_at,
        removed_at=np.where(removed, random.uniform(0.3 * days, days, count), np.inf),
        is_skipped=random.random((scenario.config_count, count)) < 0.02,
    )
