"""Attempts with their jobs, and the windows they are counted in."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from tests.second.lake import Row, latest, looks, seconds, share, total

FAILED = ("failure", "timeout", "error")
MONTH = timedelta(days=30)


@dataclass(frozen=True)
class Window:
    """After its start, up to its end."""

    start: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        return self.start < moment <= self.end


@dataclass(frozen=True)
class Job:
    """A job as an attempt lists it."""

    row: Row
    attempt_started_at: datetime
    is_annotated: bool
    """Whether an annotation says that its time limit passed."""

    @property
    def id(self) -> int:
        return self.row["job_id"]

    @property
    def key(self) -> tuple[int, int]:
        return self.row["repository_id"], self.id

    @property
    def is_over(self) -> bool:
        return self.row["status"] == "completed"

    @property
    def is_never_started(self) -> bool:
        """Skipped, or ended while it waited."""
        return self.is_over and (self.row["started_at"] is None or self.row["result"] == "skip")

    @property
    def is_carried_over(self) -> bool:
        return self.row["started_at"] is not None and self.row["started_at"] < self.attempt_started_at

    @cached_property
    def is_executed(self) -> bool:
        return self.row["started_at"] is not None and not self.is_never_started and not self.is_carried_over

    @property
    def has_passed_its_limit(self) -> bool:
        return self.row["result"] == "cancellation" and self.is_annotated

    @cached_property
    def has_failed(self) -> bool:
        return self.row["result"] in FAILED or self.has_passed_its_limit

    @cached_property
    def execution(self) -> float | None:
        return seconds(self.row["started_at"], self.row["completed_at"]) if self.is_executed else None

    @property
    def queue(self) -> float | None:
        return seconds(self.row["created_at"], self.row["started_at"]) if self.is_executed else None


@dataclass(frozen=True)
class Attempt:
    """One attempt of a run with the jobs it lists."""

    row: Row
    jobs: list[Job]
    last_number: int
    default_branch: str

    @property
    def key(self) -> tuple[int, int, int]:
        return self.row["repository_id"], self.row["run_id"], self.row["run_attempt"]

    @cached_property
    def executed(self) -> list[Job]:
        return [job for job in self.jobs if job.is_executed]

    @cached_property
    def timed(self) -> list[Job]:
        """Those that have ended, and after they began: only they have a place in an order."""
        return [job for job in self.executed if job.execution is not None]

    @property
    def is_first(self) -> bool:
        return self.row["run_attempt"] == 1

    @property
    def is_last(self) -> bool:
        return self.row["run_attempt"] == self.last_number

    @cached_property
    def branch_class(self) -> str:
        """A pull request is one whatever its branch is called."""
        if self.row["is_merge_queue"]:
            return "queue"
        if self.row["event"] in ("pull_request", "pull_request_target"):
            return "pr"
        return "default" if self.row["head_branch"] == self.default_branch else "other"

    @property
    def succeeded(self) -> bool:
        return self.row["result"] == "success"

    @cached_property
    def has_failed(self) -> bool:
        if self.row["result"] in FAILED:
            return True
        return self.row["result"] == "cancellation" and any(job.has_passed_its_limit for job in self.jobs)

    @property
    def counts(self) -> bool:
        """Ended in success or failure."""
        return self.succeeded or self.has_failed

    @property
    def is_headline(self) -> bool:
        return self.is_first and self.counts

    @cached_property
    def ended_at(self) -> datetime | None:
        """End of the last job that ran; a job that ended before it began ended nothing."""
        if self.row["status"] != "completed":
            return None
        return max((job.row["completed_at"] for job in self.executed if job.execution is not None), default=None)

    @cached_property
    def wall(self) -> float | None:
        return seconds(self.row["run_started_at"], self.ended_at)

    @property
    def lead(self) -> float | None:
        return seconds(self.row["created_at"], self.ended_at) if self.is_last else None

    @property
    def compute(self) -> float | None:
        return total(job.execution for job in self.executed)

    @property
    def parallel(self) -> float | None:
        return share(self.compute, self.wall) if self.compute is not None and self.wall else None


def attempts_of(lake: Path) -> dict[int, list[Attempt]]:
    """Repository → its attempts."""
    overtime = {
        (row["repository_id"], row["job_id"])
        for row in looks(lake, "annotations").to_dicts()
        if "exceeded the maximum execution time" in (row["message"] or "")
    }
    branches = {row["repository_id"]: row["default_branch"] for row in latest(lake, "repositories")}
    rows = latest(lake, "run_attempts", "run_id", "run_attempt")
    started = {(row["repository_id"], row["run_id"], row["run_attempt"]): row["run_started_at"] for row in rows}
    jobs = defaultdict(list)
    for row in latest(lake, "jobs", "job_id"):
        attempt = row["repository_id"], row["run_id"], row["run_attempt"]
        is_annotated = (row["repository_id"], row["job_id"]) in overtime
        jobs[attempt].append(Job(row, started[attempt], is_annotated))
    last: dict[tuple[int, int], int] = defaultdict(int)
    for repository, run, number in started:
        last[repository, run] = max(last[repository, run], number)
    found = defaultdict(list)
    for row in rows:
        repository, run, number = row["repository_id"], row["run_id"], row["run_attempt"]
        found[repository].append(
            Attempt(row, jobs[repository, run, number], last[repository, run], branches[repository])
        )
    return found


def measures(attempt: Attempt) -> dict[str, object]:
    """Column of the mart of attempts → what it should hold."""
    return {
        "wall_seconds": attempt.wall,
        "lead_seconds": attempt.lead,
        "compute_seconds": attempt.compute,
        "parallel_job_mean": attempt.parallel,
        "job_count": len(attempt.jobs),
        "executed_job_count": len(attempt.executed),
        "carried_over_job_count": sum(job.is_carried_over for job in attempt.jobs),
        "skipped_job_count": sum(job.is_never_started for job in attempt.jobs),
        "failed_job_count": sum(job.has_failed for job in attempt.executed),
        "is_failure_like": attempt.has_failed,
        "is_headline": attempt.is_headline,
        "is_last_attempt": attempt.is_last,
        "branch_class": attempt.branch_class,
    }


def as_of(lake: Path) -> dict[int, datetime]:
    """Repository → the moment it is known up to: what its last complete sync said."""
    found = {}
    for sync in sorted(latest(lake, "syncs", "sync_id"), key=lambda row: row["extracted_at"]):
        if sync["is_complete"]:
            found[sync["repository_id"]] = sync["known_until_at"]
    return found


def windows(lake: Path, attempts: dict[int, list[Attempt]]) -> dict[int, list[Window | None]]:
    """Repository → the last 30 days and the 30 before, which are none where they are known in part."""
    found: dict[int, list[Window | None]] = {}
    for repository, end in as_of(lake).items():
        now, before = (Window(after, until) for until, after in pairwise([end, end - MONTH, end - 2 * MONTH]))
        first = min(attempt.row["created_at"] for attempt in attempts[repository])
        found[repository] = [now, before if first <= before.start else None]
    return found
