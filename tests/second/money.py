"""What jobs are billed, and what of it is lost."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.second.attempts import Attempt, Job
from tests.second.lake import known, latest, seconds
from tests.second.verdicts import RETRYABLE, causes

NEW_PRICES_FROM = date(2026, 1, 1)

PRICES: dict[str, tuple[str, str, str]] = {
    "ubuntu-slim": ("linux_slim", "0.002", "0.002"),
    "ubuntu-latest": ("linux", "0.008", "0.006"),
    "ubuntu-22.04": ("linux", "0.008", "0.006"),
    "ubuntu-24.04-arm": ("linux_2_core_arm", "0.005", "0.005"),
    "ubuntu-latest-4-cores": ("linux_4_core", "0.016", "0.012"),
    "windows-latest": ("windows", "0.016", "0.010"),
    "windows-2022": ("windows", "0.016", "0.010"),
    "windows-11-arm": ("windows_2_core_arm", "0.010", "0.008"),
    "macos-latest": ("macos", "0.080", "0.062"),
    "macos-14-xlarge": ("macos_xl", "0.160", "0.102"),
    "self-hosted": ("self_hosted", "0", "0"),
}
"""Label of a runner → its kind on the bill and what a minute of it costs in USD, until 2025 and since: GitHub's list."""

NEVER_FREE = ("linux_4_core", "macos_xl", "self_hosted")
"""Larger runners are billed to public repositories, too, and those of one's own cost what the settings say."""
SETUP = ("Set up job", "Initialize containers", "Stop containers", "Complete job", "Post ")


def minutes(job: Job) -> int | None:
    """Each job is rounded up by itself; null while it runs, and where its clocks disagree."""
    if job.is_never_started or job.is_carried_over:
        return 0
    return None if job.execution is None else max(1, -(-int(job.execution) // 60))


def price(job: Job) -> tuple[str | None, Decimal | None]:
    """Kind of runner, and what a minute of it cost on the day the job started."""
    labels = job.row["runner_labels"]
    kind, old, new = PRICES.get("self-hosted" if "self-hosted" in labels else labels[0], (None, None, None))
    if kind is None or job.row["started_at"] is None:
        return kind, None
    return kind, Decimal(new if job.row["started_at"].date() >= NEW_PRICES_FROM else old)


def is_free(job: Job, *, is_private: bool) -> bool:
    """Whether it is on a standard runner of a public repository."""
    kind, _ = price(job)
    return not is_private and kind is not None and kind not in NEVER_FREE


def costs(job: Job, *, is_private: bool) -> dict[str, object]:
    """Column of the mart of costs → what it should hold."""
    billed, (kind, dollars) = minutes(job), price(job)
    cost = billed * dollars if billed is not None and dollars is not None else Decimal(0) if billed == 0 else None
    return {
        "sku_name": kind,
        "billed_minute_count": billed,
        "list_cost_usd": cost,
        "billable_cost_usd": Decimal(0) if is_free(job, is_private=is_private) else cost,
    }


def setup_times(lake: Path) -> dict[tuple[int, int], float]:
    """Repository and job → time in steps that the runner adds; jobs without such steps are not in it."""
    found: dict[tuple[int, int], list[float]] = defaultdict(list)
    for step in latest(lake, "steps", "job_id", "step_number"):
        if step["step_name"].startswith(SETUP):
            found[step["repository_id"], step["job_id"]] += known([seconds(step["started_at"], step["completed_at"])])
    return {key: sum(own) for key, own in found.items() if own}


def needed_attempts(attempts: Iterable[Attempt], cause: dict[tuple[int, int], str]) -> dict[tuple[int, str], int]:
    """Run and job → the attempt its commit needed: the first that passed, or failed by itself, of a job that passed."""
    tries = defaultdict(list)
    for each in attempts:
        for job in each.executed:
            tries[job.row["run_id"], job.row["job_name"]].append(job)
    found = {}
    for key, own in tries.items():
        numbers = [job.row["run_attempt"] for job in own]
        if len(set(numbers)) == len(numbers) and any(job.row["result"] == "success" for job in own):
            found[key] = min(
                job.row["run_attempt"]
                for job in own
                if job.row["result"] == "success" or (job.has_failed and cause.get(job.key) not in RETRYABLE)
            )
    return found


def losses(
    job: Job,
    attempt: Attempt,
    *,
    needed: int | None,
    cause: str | None,
    missed: list[float | None] | None,
    setup: float | None,
) -> dict[str, float | None]:
    """Cause → billed seconds lost to it. ``missed`` is what a hit had saved for each miss, None without a log."""
    billed = 60.0 * (minutes(job) or 0)
    whole = {
        "needless_rerun": needed is not None and attempt.row["run_attempt"] > needed,
        "superseded_run": attempt.row["result"] == "cancellation" and not attempt.has_failed,
        "infrastructure_failure": cause in RETRYABLE,
    }
    lost: dict[str, float | None] = dict.fromkeys(whole, 0.0)
    for name, is_lost in whole.items():
        if is_lost:
            return {**lost, name: billed, "rounding": 0.0, "cache_miss": None, "idle_setup": None}
    execution = job.execution
    lost["rounding"] = None if execution is None else billed - execution
    is_known = execution is not None and missed is not None and None not in missed
    lost["cache_miss"] = min(sum(max(0.0, each) for each in known(missed or [])), execution) if is_known else None
    lost["idle_setup"] = (
        None if setup is None or execution is None else min(setup, execution - (lost["cache_miss"] or 0.0))
    )
    return lost


def losses_of(
    lake: Path, attempts: dict[int, list[Attempt]], missed: dict[tuple[int, int], list[float | None]]
) -> dict[tuple[int, int], dict[str, float | None]]:
    """Repository and job that ran and has ended → what it lost."""
    cause, setup = causes(lake, attempts), setup_times(lake)
    found = {}
    for own in attempts.values():
        needed = needed_attempts(own, cause)
        for each in own:
            for job in each.executed:
                if job.execution is not None:
                    found[job.key] = losses(
                        job,
                        each,
                        needed=needed.get((each.row["run_id"], job.row["job_name"])),
                        cause=cause.get(job.key),
                        missed=missed.get(job.key),
                        setup=setup.get(job.key),
                    )
    return found
