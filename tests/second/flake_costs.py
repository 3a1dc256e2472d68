"""What flakes cost: runs that were run again for them, and retries inside of reports."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from tests.second.attempts import Attempt
from tests.second.evidence import Seen
from tests.second.lake import Row, monday, seconds, total
from tests.second.money import price


def costs_of_flakes(
    seen: Iterable[Seen],
    retries: Mapping[tuple[str, str], float],
    scores: Mapping[datetime, Mapping[str, Row]],
    attempts: Iterable[Attempt],
    lost: Mapping[tuple[int, int], Mapping[str, float | None]],
) -> dict[tuple[str, date], Row]:
    """Of one repository, test and Monday → what its flakes of that week cost. Retries are by execution and test."""
    ends = sorted(scores)

    def score(test: str, moment: datetime) -> float:
        """By the first judgement after it."""
        place = bisect_left(ends, moment)
        row = scores[ends[place]].get(test) if place < len(ends) else None
        return (row and row["flake_score_ratio"]) or 0.0

    losses: dict[tuple[str, date], list[dict[str, Any]]] = defaultdict(list)
    bad: dict[int, dict[str, list[datetime]]] = defaultdict(lambda: defaultdict(list))
    for each in seen:
        if each.outcome == "bad":
            bad[each.run_id][each.test_id].append(each.executed_at)
        elif each.outcome == "flaky_passed" and score(each.test_id, each.executed_at) >= 0.8:
            key = each.test_id, monday(each.executed_at)
            losses[key].append({"retry": retries[each.execution_id, each.test_id]})
    for run, (wasted, dollars, blocked) in _reruns(attempts, lost).items():
        tests = bad.get(run, {})
        if all(max(score(test, moment) for moment in own) >= 0.8 for test, own in tests.items()):
            for test, own in tests.items():
                parts = {"wasted": wasted, "dollars": dollars, "blocked": blocked}
                part = {name: None if value is None else value / len(tests) for name, value in parts.items()}
                losses[test, monday(min(own))].append({"rerun": 1, **part})
    return {key: _summed(own) for key, own in losses.items()}


def _reruns(
    attempts: Iterable[Attempt], lost: Mapping[tuple[int, int], Mapping[str, float | None]]
) -> dict[int, tuple[float, float | None, float | None]]:
    """Run that was needlessly run again → billed seconds and list price of that, and how much later it ended."""
    of_run = defaultdict(list)
    for each in attempts:
        of_run[each.row["run_id"]].append(each)
    found = {}
    for run, own in of_run.items():
        jobs = [job for each in own for job in each.executed if lost.get(job.key, {}).get("needless_rerun")]
        if jobs:
            seconds_of = [(lost[job.key]["needless_rerun"] or 0.0, price(job)[1]) for job in jobs]
            first = next((each.ended_at for each in own if each.is_first), None)
            last = next(each.ended_at for each in own if each.is_last)
            dollars = total(None if minute is None else float(minute) * part / 60 for part, minute in seconds_of)
            found[run] = sum(part for part, _ in seconds_of), dollars, seconds(first, last)
    return found


def _summed(losses: list[dict[str, Any]]) -> Row:
    sums = {name: total(each.get(name) for each in losses) for name in ("wasted", "dollars", "blocked", "retry")}
    return {
        "rerun_count": sum(each.get("rerun", 0) for each in losses),
        "wasted_rerun_seconds": sums["wasted"],
        "retry_seconds": sums["retry"],
        "blocked_rerun_seconds": sums["blocked"],
        "list_cost_usd": sums["dollars"],
        "blocked_people_usd": None if sums["blocked"] is None else sums["blocked"] / 60,
    }
