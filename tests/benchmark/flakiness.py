"""How good the flake score is: simulated histories with known truth, the real models, and what others rank tests by."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from statistics import mean

import numpy as np

from tests.benchmark.figure import Figure
from tests.simulated.detection import detections
from tests.simulated.ranking import Judged, average_precision, calibration_error, judged, precision_of_first
from tests.simulated.scenarios import SCENARIOS

FLAKY = 0.8
BIRTHS = "births and removals"
HISTORIES_EACH = 4
"""Of every scenario. The formula was looked at beside the first; the others are made of seeds nobody chose by."""


def figures() -> Iterable[Figure]:
    """The ranking in every scenario beside the best rival there; what a score is worth; how soon it comes."""
    drawn = [replace(it, seed=it.seed + 100 * draw) for it in SCENARIOS for draw in range(HISTORIES_EACH)]
    # Not forked: what polars and DuckDB hold in threads is held for ever in a copy without them.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        histories = list(pool.map(partial(judged, threads=1), drawn))
    yield from ranking_figures(histories)
    yield from probability_figures(histories)
    yield from detection_figures()


def ranking_figures(histories: list[Judged]) -> Iterable[Figure]:
    """Average precision over the histories of a scenario, ours against the rivals' on the same tables."""
    ours: dict[str, list[float]] = defaultdict(list)
    rivals: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    flaky_counts: Counter[str] = Counter()
    for history in histories:
        name = history.scenario.name
        flaky_counts[name] += int(history.is_flaky.sum())
        ours[name].append(average_precision(history.score, history.is_flaky))
        for rival, values in history.rivals.items():
            rivals[name][rival].append(average_precision(values, history.is_flaky))
    means = {name: mean(values) for name, values in ours.items()}
    for name, of_rivals in rivals.items():
        best = max(of_rivals, key=lambda rival: mean(of_rivals[rival]))
        said = f"average precision, {name} ({flaky_counts[name]} flaky)"
        yield Figure(said, means[name], "", 0.9, is_floor=True)
        yield Figure("  worst of its histories", min(ours[name]), "")
        yield Figure("  as a share of the best rival", means[name] / mean(of_rivals[best]), "x", 1, is_floor=True)
        yield Figure(f"  which is: {best}", mean(of_rivals[best]), "")
    yield Figure("average precision, mean over scenarios", mean(means.values()), "", 0.95, is_floor=True)
    fresh = mean(value for values in ours.values() for value in values[1:])
    yield Figure("  of the histories that were never looked at", fresh, "", 0.95, is_floor=True)
    yield Figure("average precision, worst scenario", min(means.values()), "", 0.9, is_floor=True)
    beaten = sum(
        max(of_rival[number] for of_rival in rivals[name].values()) > value
        for name, values in ours.items()
        for number, value in enumerate(values)
    )
    yield Figure(f"single histories of {len(histories)} in which a rival is better", beaten, "")
    for rival in histories[0].rivals:
        yield Figure(f"  mean of {rival}", mean(mean(of_rivals[rival]) for of_rivals in rivals.values()), "")


def probability_figures(histories: list[Judged]) -> Iterable[Figure]:
    """What a score is worth as a probability, over all scenarios together."""
    score = np.concatenate([history.score for history in histories])
    is_flaky = np.concatenate([history.is_flaky for history in histories])
    has_failed = np.concatenate([history.has_failed for history in histories])
    is_called = score >= FLAKY
    first = [precision_of_first(history.score, history.is_flaky, history.is_flaky.sum()) for history in histories]
    yield Figure("precision of the first K, K flaky tests, mean", mean(first), "")
    yield Figure("called flaky and so", float(is_flaky[is_called].mean()), "")
    yield Figure("flaky and called so", float(is_called[is_flaky].mean()), "")
    error = calibration_error(score[has_failed], is_flaky[has_failed])
    yield Figure("calibration error, tests that failed at least once", error, "", 0.05)
    is_doubtful = (score > 0.1) & (score < 0.9)
    yield Figure(
        f"  of the {is_doubtful.sum()} scored between 0.1 and 0.9",
        calibration_error(score[is_doubtful], is_flaky[is_doubtful], bin_count=4),
        "",
    )


def detection_figures() -> Iterable[Figure]:
    """Days from the first spurious failure of a new flake to its accusation, judged once a day."""
    births = next(scenario for scenario in SCENARIOS if scenario.name == BIRTHS)
    ours, rival = detections(replace(births, flaky_ratio=0.12, born_flaky_ratio=0.9))
    for name, found in (("the score", ours), ("same commit, as few false alarms", rival)):
        yield Figure(
            f"days until {name} sees a new flake, median of {len(found.days)}", float(np.median(found.days)), "d"
        )
        yield Figure("  never seen", float(np.isinf(found.days).mean()), "")
        yield Figure("  false alarms, of tests and days", found.false_ratio, "")
