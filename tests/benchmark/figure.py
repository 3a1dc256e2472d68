"""What a benchmark prints: a number, and the one it must reach."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured number, and the one it must reach."""

    what: str
    value: float
    unit: str
    bound: float | None = None
    is_floor: bool = False

    @property
    def verdict(self) -> str:
        if self.bound is None:
            return ""
        reached = self.value >= self.bound if self.is_floor else self.value <= self.bound
        return "reached" if reached else "MISSED"


def seconds_of(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def core_seconds_of(act: Callable[[], object], *, repeats: int = 3) -> float:
    """Seconds of all cores together, the least of some tries: what others do on the machine counts least so."""
    least = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        act()
        least = min(least, time.process_time() - start)
    return least
