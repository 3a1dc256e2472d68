"""Costs and losses of workflows, by week, for the last 30 days and over all history."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime

from tests.second.attempts import MONTH, Attempt, Job
from tests.second.lake import Row, known, monday, share, total
from tests.second.money import costs, is_free, minutes, price

Key = tuple[int, str, date]
"""Workflow, kind of period and its first day."""


def periods(attempt: Attempt, started_at: datetime, as_of_at: datetime, first_day: date) -> Iterator[Key]:
    """The week is that of the run; the last 30 days are those in which the job started."""
    workflow, start = attempt.row["workflow_id"], as_of_at - MONTH
    yield workflow, "week", monday(attempt.row["created_at"])
    yield workflow, "all_history", first_day
    if start < started_at <= as_of_at:
        yield workflow, "last_30_days", start.date()


def _first_day(jobs: list[Job]) -> date:
    return min(job.row["started_at"] for job in jobs).date()


def costs_of_periods(attempts: list[Attempt], as_of_at: datetime, *, is_private: bool) -> dict[Key, Row]:
    """What the jobs of a workflow cost; those whose kind of runner nobody knows are in no cost."""
    first_day = _first_day([job for each in attempts for job in each.executed])
    found = defaultdict(list)
    for each in attempts:
        for job in each.executed:
            for key in periods(each, job.row["started_at"], as_of_at, first_day):
                found[key].append((each.row["run_id"], job, costs(job, is_private=is_private)))
    rows = {}
    for key, own in found.items():
        billed = known(cost["billed_minute_count"] for _, _, cost in own)
        rounding = total(60.0 * (minutes(job) or 0) - job.execution for _, job, _ in own if job.execution is not None)
        runs = {run for run, _, _ in own}
        unpriced = sum(price(job)[1] is None for _, job, _ in own)
        dollars = total(cost["list_cost_usd"] for _, _, cost in own)
        rows[key] = {
            "run_count": len(runs),
            "billed_job_count": len(own),
            "unpriced_job_count": unpriced,
            "self_hosted_job_count": sum(cost["sku_name"] == "self_hosted" for _, _, cost in own),
            "billed_minute_count": sum(billed) if billed else None,
            "list_cost_usd": None if dollars is None else float(dollars),
            "billable_cost_usd": _float(total(cost["billable_cost_usd"] for _, _, cost in own)),
            "run_cost_usd": None if unpriced or dollars is None else float(dollars) / len(runs),
            "rounding_seconds": rounding,
            "rounding_ratio": share(rounding, 60 * sum(billed)) if rounding is not None else None,
        }
    return rows


def _float(dollars: object) -> float | None:
    return None if dollars is None else float(dollars)


def losses_of_periods(
    attempts: list[Attempt],
    lost: dict[tuple[int, int], dict[str, float | None]],
    as_of_at: datetime,
    *,
    is_private: bool,
) -> dict[tuple[int, str, date, str], Row]:
    """What the jobs of a workflow lost to each cause, and how much later runs with needless re-runs ended."""
    jobs = [(each, job) for each in attempts for job in each.executed if job.key in lost]
    first_day = _first_day([job for _, job in jobs])
    found = defaultdict(list)
    needless: dict[int, datetime] = {}
    for each, job in jobs:
        run = each.row["run_id"]
        if lost[job.key]["needless_rerun"]:
            needless[run] = min(job.row["started_at"], needless.get(run, job.row["started_at"]))
        for key in periods(each, job.row["started_at"], as_of_at, first_day):
            found[key].append(job)
    blocked = defaultdict(list)
    for run, started_at in needless.items():
        own = sorted((each for each in attempts if each.row["run_id"] == run), key=lambda each: each.row["run_attempt"])
        first, last = own[0], own[-1]
        if first.ended_at is not None and last.ended_at is not None:
            for key in periods(first, started_at, as_of_at, first_day):
                blocked[key].append((last.ended_at - first.ended_at).total_seconds())
    rows = {}
    for key, own in found.items():
        for cause in lost[own[0].key]:
            values = [(job, lost[job.key][cause]) for job in own if lost[job.key][cause] is not None]
            rows[(*key, cause)] = {
                "billed_job_count": len(own),
                "judged_job_count": len(values),
                "wasted_job_count": sum(value > 0 for _, value in values) if values else None,
                "billed_seconds": float(sum(60 * (minutes(job) or 0) for job in own)),
                "wasted_seconds": total(value for _, value in values),
                "wasted_list_cost_usd": total(_dollars(job, value) for job, value in values),
                "wasted_billable_cost_usd": total(
                    0.0 if is_free(job, is_private=is_private) else _dollars(job, value) for job, value in values
                ),
                "blocked_seconds": total(blocked[key]) if cause == "needless_rerun" else None,
            }
    return rows


def _dollars(job: Job, lost: float) -> float | None:
    minute = price(job)[1]
    return None if minute is None else lost / 60 * float(minute)
