"""What would have been, had a job taken another time: slack, drag and savings, by replaying whole attempts."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final

from tests.second.attempts import MONTH, Attempt, Job
from tests.second.lake import Row, median, monday, quantile, share
from tests.second.paths import Order, critical_path

LONG: Final = 1_000_000.0
"""Seconds by which a job that takes so much more is on the longest way, whatever else there is."""


def replayed_wall(attempt: Attempt, order: Order, executed: Callable[[Job], float]) -> float:
    """Wall time had every job taken what ``executed`` says, each begun as long after its needs as it was."""
    start = attempt.row["run_started_at"]
    ends: dict[int, float] = {}

    def end(job: Job) -> float:
        if job.id not in ends:
            needs = order.needs[job.id]
            ready = max((need.row["completed_at"] for need in needs), default=start)
            gap = (job.row["started_at"] - ready).total_seconds()
            ends[job.id] = max((end(need) for need in needs), default=0.0) + gap + executed(job)
        return ends[job.id]

    return max(end(job) for job in attempt.timed)


def slacks_and_drags(attempt: Attempt, order: Order) -> dict[int, Row]:
    """Job → how much longer it could have taken, and how much shorter the attempt would have been without it."""
    if not attempt.timed:
        return {}
    wall = replayed_wall(attempt, order, lambda job: job.execution)
    found = {}
    for changed in attempt.timed:
        longer = replayed_wall(attempt, order, lambda job, own=changed: job.execution + LONG * (job is own))
        without = replayed_wall(attempt, order, lambda job, own=changed: 0.0 if job is own else job.execution)
        found[changed.id] = {"slack_seconds": wall + LONG - longer, "drag_seconds": wall - without}
    return found


def family(job: Job) -> str:
    """Legs of a matrix are one family."""
    return job.row["job_name"].partition(" (")[0]


Subject = tuple[int, str, date, str, str]
"""Workflow, period and its first day, kind and name of what is on critical paths."""


def bottlenecks(
    attempts: list[Attempt], orders: Mapping[tuple[int, int, int], Order], as_of_at: datetime
) -> dict[Subject, Row]:
    """What passed on critical paths in jobs and waits, and what 30 % off a family of jobs would have saved."""
    in_period = defaultdict(list)
    for each in attempts:
        if each.is_headline and each.wall:
            workflow, made = each.row["workflow_id"], each.row["created_at"]
            in_period[workflow, "week", monday(made)].append(each)
            if as_of_at - MONTH < made <= as_of_at:
                in_period[workflow, "last_30_days", (as_of_at - MONTH).date()].append(each)
    passed = {each.key: _passed(each, orders[each.key]) for each in attempts}
    found = {}
    for period, own in in_period.items():
        walls = [each.wall for each in own]
        for subject in sorted({subject for each in own for subject in passed[each.key]}):
            on_path = [each for each in own if subject in passed[each.key]]
            times = [passed[each.key][subject] for each in on_path]
            row = {
                "attempt_count": len(own),
                "on_path_attempt_count": len(on_path),
                "is_enough_data": len(own) >= 20,
                "blame_ratio": share(sum(seconds for seconds, _ in times), sum(walls)),
                "criticality_ratio": share(len(on_path), len(own)),
                "wall_seconds_p50": median(walls),
                "drag_seconds_p50": None,
                "whatif_wall_seconds_p50": None,
                "saving_seconds_p50": None,
            }
            if subject[0] == "job":
                row["drag_seconds_p50"] = quantile([drag for _, drag in times], 0.5, least=1)
                faster = median(_faster(each, orders[each.key], subject[1]) for each in own)
                row["whatif_wall_seconds_p50"] = faster
                row["saving_seconds_p50"] = None if faster is None else median(walls) - faster
            found[(*period, *subject)] = row
    return found


def _faster(attempt: Attempt, order: Order, name: str) -> float:
    """Wall time had all jobs of a family taken 30 % less."""
    return replayed_wall(attempt, order, lambda job: job.execution * (0.7 if family(job) == name else 1.0))


def _passed(attempt: Attempt, order: Order) -> dict[tuple[str, str], tuple[float, float]]:
    """What is on the critical path → seconds passed in it, and the drag of its jobs together."""
    drags = slacks_and_drags(attempt, order)
    jobs = {job.id: job for job in attempt.timed}
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for step in critical_path(attempt, order):
        parts = {
            ("job", family(jobs[step["job_id"]])): (step["execution_seconds"], drags[step["job_id"]]["drag_seconds"]),
            ("wait", "runner_queue"): (step["runner_queue_seconds"], 0.0),
            ("wait", "scheduling"): (step["scheduling_seconds"], 0.0),
        }
        for subject, (seconds, drag) in parts.items():
            if seconds > 0 or subject[0] == "job":
                before = found.get(subject, (0.0, 0.0))
                found[subject] = before[0] + seconds, before[1] + drag
    return found
