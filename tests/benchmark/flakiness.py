"""How good the flake score is: simulated histories with known truth, the real models, and what others rank tests by."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from tests.benchmark.figure import Figure
from tests.simulated.detection import detections
from tests.simulated.ranking import Judged, average_precision, calibration_error, judged, precision_of_first
from tests.simulated.scenarios import SCENARIOS

FLAKY = 0.8
BIRTHS = "births and removals"


def figures() -> Iterable[Figure]:
    """The ranking in every scenario beside the best rival there; what a score is worth; how soon it comes."""
    histories = [judged(scenario) for scenario in SCENARIOS]
    yield from ranking_figures(histories)
    yield from probability_figures(histories)
    yield from detection_figures()


def ranking_figures(histories: list[Judged]) -> Iterable[Figure]:
    """Average precision, ours against the rivals' on the same tables."""
    ours = {history.scenario.name: average_precision(history.score, history.is_flaky) for history in histories}
    for history in histories:
        by_rival = {name: average_precision(values, history.is_flaky) for name, values in history.rivals.items()}
        best = max(by_rival, key=by_rival.__getitem__)
        name = history.scenario.name
        yield Figure(f"average precision, {name} ({history.is_flaky.sum()} flaky)", ours[name], "", 0.9, is_floor=True)
        yield Figure("  as a share of the best rival", ours[name] / by_rival[best], "x", 1, is_floor=True)
        yield Figure(f"  which is: {best}", by_rival[best], "")
    yield Figure("average precision, mean over scenarios", float(np.mean(list(ours.values()))), "", 0.95, is_floor=True)
    yield Figure("average precision, worst scenario", min(ours.values()), "", 0.9, is_floor=True)
    for rival in histories[0].rivals:
        values = [average_precision(history.rivals[rival], history.is_flaky) for history in histories]
        yield Figure(f"  mean of {rival}", float(np.mean(values)), "")


def probability_figures(histories: list[Judged]) -> Iterable[Figure]:
    """What a score is worth as a probability, over all scenarios together."""
    score = np.concatenate([history.score for history in histories])
    is_flaky = np.concatenate([history.is_flaky for history in histories])
    has_failed = np.concatenate([history.has_failed for history in histories])
    is_called = score >= FLAKY
    first = [precision_of_first(history.score, history.is_flaky, history.is_flaky.sum()) for history in histories]
    yield Figure("precision of the first K, K flaky tests, mean", float(np.mean(first)), "")
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
