"""How long default branches stay red."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.second.attempts import Attempt

QUARTER = timedelta(days=90)


@dataclass
class Episode:
    """From the end of the first failing attempt to the end of the next success."""

    failed_at: datetime
    is_start_known: bool
    shas: set[str]
    runs: set[int]
    recovered_at: datetime | None = None
    recovered_sha: str | None = None

    @property
    def kind(self) -> str:
        if self.recovered_at is None:
            return "open"
        return "flaky_recovery" if self.recovered_sha in self.shas else "recovery"

    @property
    def seconds(self) -> float | None:
        return None if self.recovered_at is None else (self.recovered_at - self.failed_at).total_seconds()


def episodes(attempts: list[Attempt]) -> dict[int, list[Episode]]:
    """Workflow → its episodes, in order."""
    ends = defaultdict(list)
    for each in attempts:
        if each.branch_class == "default" and each.counts and each.ended_at is not None:
            ends[each.row["workflow_id"]].append(each)
    found = {}
    for workflow, own in ends.items():
        found[workflow] = []
        episode: Episode | None = None
        has_passed = False
        newest: datetime | None = None
        for each in sorted(own, key=lambda attempt: (attempt.ended_at, attempt.row["created_at"], attempt.key)):
            created = each.row["created_at"]
            if newest is not None and created < newest:
                continue
            newest = created
            if each.has_failed:
                if episode is None:
                    episode = Episode(each.ended_at, has_passed, set(), set())
                    found[workflow].append(episode)
                episode.shas.add(each.row["head_sha"])
                episode.runs.add(each.row["run_id"])
            else:
                if episode is not None:
                    episode.recovered_at, episode.recovered_sha = each.ended_at, each.row["head_sha"]
                episode, has_passed = None, True
    return found


def recovery_times(own: list[Episode], as_of_at: datetime) -> dict[str, object] | None:
    """Of the last 90 days; null without an episode. One whose beginning is not known is counted and in no median."""
    recent = [each for each in own if as_of_at - QUARTER < each.failed_at <= as_of_at]
    if not recent:
        return None
    judged = [each for each in recent if each.kind != "flaky_recovery"]
    still_open = [(as_of_at - each.failed_at).total_seconds() for each in judged if each.kind == "open"]
    return {
        "recovery_seconds_p50": kaplan_meier_median([each for each in judged if each.is_start_known], as_of_at),
        "episode_count": len(judged),
        "recovered_count": len(judged) - len(still_open),
        "open_count": len(still_open),
        "open_seconds": max(still_open, default=None),
        "flaky_recovery_count": len(recent) - len(judged),
    }


def kaplan_meier_median(own: list[Episode], as_of_at: datetime) -> float | None:
    """The first time by which half have recovered, those open counted as red until now."""
    ends = sorted(each.seconds for each in own if each.seconds is not None)
    lengths = [
        each.seconds if each.seconds is not None else (as_of_at - each.failed_at).total_seconds() for each in own
    ]
    alive = 1.0
    for length in sorted(set(ends)):
        at_risk = sum(other >= length for other in lengths)
        alive *= 1 - ends.count(length) / at_risk
        if alive <= 0.5 + 1e-12:
            return length
    return None
