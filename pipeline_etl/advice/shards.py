"""How many jobs should share out a test suite: what each number of them takes and costs, and where more stop paying."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipeline_etl.advice.splitting import Item, Split, duration_based_chunks, least_duration

LEAST_GAIN: Final = 0.05
"""Share of its wall time by which one more shard has to shorten a run."""

MOST_SHARDS: Final = 64
"""A run has at most 256 jobs of one matrix, and no suite that was looked at gained from more than a quarter of them."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What time and runners are worth. All of it may be left unsaid.

    Args:
        minute_price_usd: Price of a billed minute of the runner.
        second_value_usd: What a second of waiting for the run is worth.
        target_seconds: Wall time that is good enough.
        runner_count: Runners one run may hold at a time.
    """

    minute_price_usd: float | None = None
    second_value_usd: float = 1.0 / 60.0
    target_seconds: float | None = None
    runner_count: int | None = None


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What so many shards take and cost, by both algorithms of pytest-split."""

    shard_count: int
    wall_seconds: float
    """By least_duration."""
    chunked_wall_seconds: float | None
    """By duration_based_chunks; null where it stops with an error."""
    billed_minute_count: int
    cost_usd: float | None
    balance: float | None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The number of shards that is advised, why it is not one more, and the predictions it was chosen from."""

    chosen: Prediction
    reason: str
    predictions: tuple[Prediction, ...]
    dominating: Item | None
    """An item that takes more than an even share: it should be split itself."""


def predict(items: Sequence[Item], *, overhead_seconds: float, shard_count: int, price_usd: float | None) -> Prediction:
    """Wall time, billed minutes and cost of so many shards; every shard has the overhead, and is billed by itself."""
    split = least_duration(items, shard_count)
    chunks = duration_based_chunks(items, shard_count)
    billed = _billed_minutes(split, overhead_seconds)
    return Prediction(
        shard_count=shard_count,
        wall_seconds=overhead_seconds + split.makespan,
        chunked_wall_seconds=None if chunks is None else overhead_seconds + chunks.makespan,
        billed_minute_count=billed,
        cost_usd=None if price_usd is None else billed * price_usd,
        balance=split.balance,
    )


def choose(items: Sequence[Item], *, overhead_seconds: float, terms: Terms) -> Choice:
    """The number of shards that pays.

    More are tried until a run may hold no more runners, a shard would spend more on its overhead than on tests, or one
    more shard shortens the run by less than a twentieth. Of those tried the first that is fast enough is taken; without
    such a one, that which costs least in waiting and in money together.
    """
    price = terms.minute_price_usd
    tried = [predict(items, overhead_seconds=overhead_seconds, shard_count=1, price_usd=price)]
    total = sum(item.seconds for item in items)
    while True:
        count = tried[-1].shard_count + 1
        following = predict(items, overhead_seconds=overhead_seconds, shard_count=count, price_usd=price)
        reason = _why_no_more(tried[-1], following, total / count, overhead_seconds, terms)
        if reason is not None:
            break
        tried.append(following)
    fast = [each for each in tried if terms.target_seconds is not None and each.wall_seconds <= terms.target_seconds]
    chosen = fast[0] if fast else min(tried, key=lambda each: (_worth(each, terms), each.shard_count))
    if fast:
        reason = f"it is the first within the {terms.target_seconds:.0f} s asked for"
    elif chosen is not tried[-1]:
        reason = "more would cost more than the time they save is worth"
    longest = max(items, key=lambda item: item.seconds, default=None)
    is_dominating = longest is not None and chosen.shard_count > 1 and longest.seconds > total / chosen.shard_count
    return Choice(
        chosen=chosen,
        reason=reason,
        predictions=(*tried, following),
        dominating=longest if is_dominating else None,
    )


def _why_no_more(
    before: Prediction, after: Prediction, mean_seconds: float, overhead_seconds: float, terms: Terms
) -> str | None:
    if terms.runner_count is not None and after.shard_count > terms.runner_count:
        return f"a run may hold no more than {terms.runner_count} runners"
    if after.shard_count > MOST_SHARDS:
        return f"more than {MOST_SHARDS} are not considered"
    if mean_seconds < overhead_seconds:
        return "with one more, a shard would take longer to set up than to test"
    if before.wall_seconds - after.wall_seconds < LEAST_GAIN * before.wall_seconds:
        return "one more would shorten the run by less than 5 %"
    return None


def _billed_minutes(split: Split, overhead_seconds: float) -> int:
    """Every job is rounded up to whole minutes by itself. A shard without tests is a job all the same."""
    return sum(math.ceil(round((overhead_seconds + load) / 60, 9)) for load in split.loads)


def _worth(prediction: Prediction, terms: Terms) -> float:
    """Waiting and money in seconds of waiting; without a price, waiting alone."""
    money = 0.0 if prediction.cost_usd is None else prediction.cost_usd / terms.second_value_usd
    return prediction.wall_seconds + money
