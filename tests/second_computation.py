"""The headline numbers a second time: in plain Python, from the lake's files, by the definitions of docs/metrics.md.

No table of a warehouse is read, and no line of a model's SQL is repeated.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import floor
from pathlib import Path
from typing import Any

import polars as pl

Row = dict[str, Any]

FAILED = ("failure", "timeout", "error")
MONTH = timedelta(days=30)


def looks(lake: Path, table: str) -> pl.DataFrame:
    """Every look at the things of a table; empty where there is nothing of it."""
    files = sorted((lake / table).glob("**/*.parquet"))
    return pl.read_parquet(files, hive_partitioning=False) if files else pl.DataFrame()


def latest(lake: Path, table: str, *key: str) -> list[Row]:
    """Of each thing the look that was read last."""
    found = looks(lake, table)
    if not found.height:
        return []
    return found.sort("extracted_at").unique(["repository_id", *key], keep="last").to_dicts()


def of_latest_parent(lake: Path, table: str, parent: str, *key: str) -> list[Row]:
    """Rows that are stored whole with their parent: those of the parent's last look."""
    parents = {
        (row["repository_id"], *(row[name] for name in key)): row["extracted_at"] for row in latest(lake, parent, *key)
    }
    return [
        row
        for row in looks(lake, table).to_dicts()
        if parents.get((row["repository_id"], *(row[name] for name in key))) == row["extracted_at"]
    ]


def seconds(earlier: datetime | None, later: datetime | None) -> float | None:
    """Null where one is unknown, or the clocks disagree on the order."""
    if earlier is None or later is None or later < earlier:
        return None
    return (later - earlier).total_seconds()


def quantile(values: Iterable[float | None], share: float, *, least: int) -> float | None:
    """Linear between order statistics; null of too few."""
    known = sorted(value for value in values if value is not None)
    if len(known) < least:
        return None
    rank = (len(known) - 1) * share
    below = floor(rank)
    above = min(below + 1, len(known) - 1)
    return known[below] + (known[above] - known[below]) * (rank - below)


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True)
class Window:
    """After its start, up to its end."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Attempt:
    """One attempt of a run with the jobs that ran in it."""

    row: Row
    executed: list[Row]
    is_last: bool
    has_timed_out: bool

    @property
    def is_first(self) -> bool:
        return self.row["run_attempt"] == 1

    @property
    def succeeded(self) -> bool:
        return self.row["result"] == "success"

    @property
    def counts(self) -> bool:
        """Ended in success or failure."""
        result = self.row["result"]
        return self.succeeded or result in FAILED or (result == "cancellation" and self.has_timed_out)

    def until_end(self, beginning: datetime) -> float | None:
        """Up to the end of the last job that ran; a job that ended before it began ended nothing."""
        ends = [
            job["completed_at"] for job in self.executed if seconds(job["started_at"], job["completed_at"]) is not None
        ]
        return seconds(beginning, max(ends, default=None)) if self.row["status"] == "completed" else None


def attempts_of(lake: Path) -> dict[int, list[Attempt]]:
    """Repository → its attempts."""
    jobs = defaultdict(list)
    for job in latest(lake, "jobs", "job_id"):
        jobs[job["repository_id"], job["run_id"], job["run_attempt"]].append(job)
    overtime = {
        (row["repository_id"], row["job_id"])
        for table in [looks(lake, "annotations").to_dicts()]
        for row in table
        if "exceeded the maximum execution time" in (row["message"] or "")
    }
    rows = latest(lake, "run_attempts", "run_id", "run_attempt")
    last: dict[tuple[int, int], int] = defaultdict(int)
    for row in rows:
        run = row["repository_id"], row["run_id"]
        last[run] = max(last[run], row["run_attempt"])
    found = defaultdict(list)
    for row in rows:
        repository, run, number = row["repository_id"], row["run_id"], row["run_attempt"]
        own = jobs[repository, run, number]
        executed = [
            job
            for job in own
            if job["started_at"] is not None
            and not (job["status"] == "completed" and job["result"] == "skip")
            and job["started_at"] >= row["run_started_at"]
        ]
        timed_out = any(job["result"] == "cancellation" and (repository, job["job_id"]) in overtime for job in own)
        found[repository].append(Attempt(row, executed, number == last[repository, run], timed_out))
    return found


def windows(lake: Path, attempts: dict[int, list[Attempt]]) -> dict[int, list[Window | None]]:
    """Repository → the last 30 days and the 30 before, which are none where they are known in part."""
    ends = {}
    for sync in sorted(latest(lake, "syncs", "sync_id"), key=lambda row: row["extracted_at"]):
        if sync["is_complete"]:
            ends[sync["repository_id"]] = sync["known_until_at"]
    found: dict[int, list[Window | None]] = {}
    for repository, end in ends.items():
        now, before = (Window(after, until) for until, after in pairwise([end, end - MONTH, end - 2 * MONTH]))
        first = min(attempt.row["created_at"] for attempt in attempts[repository])
        found[repository] = [now, before if first <= before.start else None]
    return found


def headlines(attempts: list[Attempt], lookups: list[Row], window: Window) -> dict[str, float | None]:
    """Name of a headline → its number in a window."""
    inside = [each for each in attempts if window.start < each.row["created_at"] <= window.end]
    firsts = [each for each in inside if each.is_first]
    lasts = [each for each in inside if each.is_last]
    judged = [each for each in firsts if each.counts]
    ended = [each for each in lasts if each.counts]
    walls = [each.until_end(each.row["run_started_at"]) for each in judged]
    leads = [each.until_end(each.row["created_at"]) for each in ended]
    queues = [seconds(job["created_at"], job["started_at"]) for each in inside for job in each.executed]
    known = {(each.row["run_id"], each.row["run_attempt"]) for each in inside}
    outcomes = Counter(row["cache_outcome"] for row in lookups if (row["run_id"], row["run_attempt"]) in known)
    return {
        "run_count": len(firsts) or None,
        "success_ratio": share(sum(each.succeeded for each in ended), len(ended)),
        "first_attempt_success_ratio": share(sum(each.succeeded for each in judged), len(judged)),
        "rerun_ratio": share(sum(not each.is_last for each in firsts), len(firsts)),
        "wall_seconds_p50": quantile(walls, 0.5, least=5),
        "wall_seconds_p95": quantile(walls, 0.95, least=20),
        "lead_seconds_p50": quantile(leads, 0.5, least=5),
        "queued_seconds_p50": quantile(queues, 0.5, least=5),
        "queued_seconds_p95": quantile(queues, 0.95, least=20),
        "cache_exact_ratio": share(outcomes["exact"], sum(outcomes[word] for word in ("exact", "partial", "miss"))),
    }


def lookups_of(lake: Path) -> dict[int, list[Row]]:
    """Repository → what jobs asked of caches."""
    found = defaultdict(list)
    for row in of_latest_parent(lake, "cache_operations", "job_logs", "job_id"):
        if row["operation"] == "restore":
            found[row["repository_id"]].append(row)
    return found


def weekly_tests(lake: Path, attempts: dict[int, list[Attempt]]) -> dict[tuple[int, date], tuple[int, int]]:
    """Repository and Monday → tests executed and bad ones; all tries of a test in a job are one execution.

    The job of a report is the one whose log names its artifact. A report that no log names raises KeyError.
    """
    executed = {
        (repository, job["job_id"]) for repository, own in attempts.items() for each in own for job in each.executed
    }
    created = {
        (repository, each.row["run_id"]): each.row["created_at"] for repository, own in attempts.items() for each in own
    }
    jobs: dict[tuple[int, int], int] = {}
    for row in of_latest_parent(lake, "artifact_uploads", "job_logs", "job_id"):
        if (row["repository_id"], row["job_id"]) in executed:
            key = row["repository_id"], row["artifact_id"]
            jobs[key] = min(row["job_id"], jobs.get(key, row["job_id"]))
    tries = defaultdict(set)
    for row in of_latest_parent(lake, "test_results", "test_reports", "artifact_id", "report_path"):
        repository = row["repository_id"]
        job = jobs[repository, row["artifact_id"]]
        tries[repository, row["run_id"], job, row["test_id"]].add(row["test_outcome"])
    found = defaultdict(lambda: (0, 0))
    for (repository, run, _, _), outcomes in tries.items():
        day = created[repository, run].date()
        week = repository, day - timedelta(days=day.weekday())
        count, bad = found[week]
        found[week] = (
            count + (outcomes != {"skipped"}),
            bad + (bool(outcomes & {"failed", "error"}) and "passed" not in outcomes),
        )
    return dict(found)


def completeness(lake: Path) -> dict[tuple[int, str], float | None]:
    """Repository and kind of thing → what is stored, by what was wanted."""
    states = defaultdict(Counter)
    for row in latest(lake, "ledger_entries", "item_kind", "item_id"):
        states[row["repository_id"], row["item_kind"]][row["state"]] += 1
    return {key: share(own["stored"], own.total() - own["not_wanted"]) for key, own in states.items()}
