"""The order of jobs, what each waited for, and the critical path."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tests.second.attempts import Attempt, Job
from tests.second.lake import known, latest, seconds

BEHIND = timedelta(seconds=2)
AHEAD = timedelta(seconds=15)


@dataclass(frozen=True)
class Order:
    """What the executed jobs of an attempt waited for."""

    source: str
    """yaml or inferred."""
    needs: Mapping[int, list[Job]]
    """Job with a known execution → those it needed; of an inferred order the one it waited for, or none."""

    def ready_at(self, job: Job, attempt_started_at: datetime) -> datetime | None:
        """When it could begin; null where nothing is known of what it needs."""
        if job.id not in self.needs:
            return None
        ends = [need.row["completed_at"] for need in self.needs[job.id]]
        if ends:
            return max(ends)
        return attempt_started_at if self.source == "yaml" else None


def declarations(lake: Path) -> dict[tuple[int, str, str], dict[str, list[str]]]:
    """Repository, workflow file and commit → its jobs and what each needs."""
    jobs = defaultdict(dict)
    for row in latest(lake, "workflow_jobs", "workflow_path", "workflow_file_id", "workflow_job_key"):
        file = row["repository_id"], row["workflow_path"], row["workflow_file_id"]
        jobs[file][row["workflow_job_key"]] = row["needs"]
    return {
        (row["repository_id"], row["workflow_path"], row["head_sha"]): jobs[
            row["repository_id"], row["workflow_path"], row["workflow_file_id"]
        ]
        for row in latest(lake, "workflow_file_versions", "workflow_path", "head_sha")
    }


def ordered(attempt: Attempt, declared: dict[str, list[str]] | None) -> Order:
    """By the file of the commit where it fits what ran, else by times."""
    return (declared and _by_file(attempt, declared)) or _by_times(attempt)


def _by_file(attempt: Attempt, declared: dict[str, list[str]]) -> Order | None:
    """None where the file is not the one that ran."""
    legs = defaultdict(list)
    for job in attempt.timed:
        legs[job.row["job_name"].partition(" (")[0]].append(job)
    if set(legs) - set(declared):
        return None

    def run(key: str) -> list[Job]:
        """The jobs that ran of a declaration; of one that did not run, those it needs."""
        return legs.get(key) or [job for need in declared[key] for job in run(need)]

    needs = {
        job.id: list({need.id: need for key in declared[name] for need in run(key)}.values())
        for name, own in legs.items()
        for job in own
    }
    for job in attempt.timed:
        for need in needs[job.id]:
            if need.row["completed_at"] - job.row["started_at"] > BEHIND:
                return None
    return Order("yaml", needs)


def _by_times(attempt: Attempt) -> Order:
    """A job waited for the last one that ended about when it was made, if that took any time."""
    needs = {}
    timed = attempt.timed
    for job in timed:
        made = job.row["created_at"]
        before = [
            other
            for other in timed
            if other.execution
            and made - AHEAD <= other.row["completed_at"] <= made + BEHIND
            and other.row["started_at"] < made
            and other.row["completed_at"] <= job.row["started_at"]
        ]
        needs[job.id] = [max(before, key=_lateness)] if before else []
    return Order("inferred", needs)


def _lateness(job: Job) -> tuple[datetime, float, int]:
    """Of two that end together the longer one, then the one with the smaller number."""
    return job.row["completed_at"], job.execution or 0.0, -job.id


def waits(job: Job, order: Order, attempt: Attempt) -> dict[str, float | None]:
    """Disjoint waits, from the start of the attempt to that of the job; what none of them explains is the last."""
    start, made, began = attempt.row["run_started_at"], job.row["created_at"], job.row["started_at"]
    ready = order.ready_at(job, start)
    ready = None if ready is None else min(ready, began)
    waiting = max([made, start, *([ready] if ready else [])])
    found = {
        "dependency_wait_seconds": None if ready is None else (ready - start).total_seconds(),
        "scheduling_wait_seconds": None if ready is None or made > began else (waiting - ready).total_seconds(),
        "runner_queue_seconds": seconds(waiting, began),
    }
    return {**found, "unexplained_wait_seconds": (began - start).total_seconds() - sum(known(found.values()))}


def critical_path(attempt: Attempt, order: Order) -> list[dict[str, object]]:
    """From the first job on: what was passed in scheduling, queue and execution. Together they are the wall time."""
    if not attempt.timed:
        return []
    path = [max(attempt.timed, key=_lateness)]
    while order.needs[path[-1].id]:
        path.append(max(order.needs[path[-1].id], key=_lateness))
    found: list[dict[str, object]] = []
    before = attempt.row["run_started_at"]
    for job in reversed(path):
        made, began = job.row["created_at"], job.row["started_at"]
        found.append(
            {
                "job_id": job.id,
                "scheduling_seconds": seconds(before, min(made, began)) or 0.0,
                "runner_queue_seconds": seconds(max(made, before), began) or 0.0,
                "execution_seconds": job.execution,
            }
        )
        before = job.row["completed_at"]
    return found
