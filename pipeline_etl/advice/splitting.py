"""How a test suite is shared out, and what the most loaded share takes.

Two ways, both as pytest-split goes them: ``least_duration`` gives the longest test to the least loaded share (LPT: at
most 4/3 less 1/(3k) of the best there is, Graham 1969); ``duration_based_chunks`` keeps the order and begins a new
share only after the sum has reached the mean, so it overshoots, and stops with an error where it runs out of shares.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Item:
    """What goes into one share whole: a test, or all tests of a file."""

    name: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Split:
    """Shares of a suite, in order; one may be empty."""

    shares: tuple[tuple[Item, ...], ...]

    @property
    def loads(self) -> tuple[float, ...]:
        """What each share takes."""
        return tuple(sum(item.seconds for item in share) for share in self.shares)

    @property
    def makespan(self) -> float:
        """What the most loaded share takes."""
        return max(self.loads)

    @property
    def balance(self) -> float | None:
        """How near it comes to the best that could be, 1 being as good as any; null where nothing takes any time."""
        items = [item for share in self.shares for item in share]
        return lower_bound(items, len(self.shares)) / self.makespan if self.makespan else None


def lower_bound(items: Sequence[Item], shard_count: int) -> float:
    """Less than this no split takes: the mean load, and the longest item."""
    seconds = [item.seconds for item in items]
    return max(sum(seconds) / shard_count, max(seconds, default=0.0))


def least_duration(items: Sequence[Item], shard_count: int) -> Split:
    """The longest first, each to the share that has least; ties go by name and by the order of shares."""
    shares: list[list[int]] = [[] for _ in range(shard_count)]
    heap = [(0.0, index) for index in range(shard_count)]
    for number in sorted(range(len(items)), key=lambda each: (-items[each].seconds, items[each].name)):
        load, index = heapq.heappop(heap)
        shares[index].append(number)
        heapq.heappush(heap, (load + items[number].seconds, index))
    return Split(shares=tuple(tuple(items[number] for number in sorted(share)) for share in shares))


def duration_based_chunks(items: Sequence[Item], shard_count: int) -> Split | None:
    """Shares without change of order; None where pytest-split stops with an error.

    That is so when the last share has reached the mean and a test is still left: tests that take no time at the end
    of the suite are enough.
    """
    mean = sum(item.seconds for item in items) / shard_count
    shares: list[list[Item]] = [[] for _ in range(shard_count)]
    index, load = 0, 0.0
    for item in items:
        if load >= mean:
            index, load = index + 1, 0.0
            if index == shard_count:
                return None
        shares[index].append(item)
        load += item.seconds
    return Split(shares=tuple(tuple(share) for share in shares))
