"""How long a job may take before it is stopped, and how many legs of a matrix may run at a time."""

from collections.abc import Iterable
from functools import partial
from math import ceil
from typing import Final

from pipeline_etl.advice.advice import Advice, Evidence, Gain, too_thin
from pipeline_etl.advice.proposal import Proposal, Row, subject
from pipeline_etl.advice.sharded_workflow import job_of
from pipeline_etl.advice.workflow_edit import with_value
from pipeline_etl.errors import UnpatchableWorkflowFile
from pipeline_etl.wording import count, duration, plural

DEFAULT_SECONDS: Final = 360 * 60.0
"""Limit of a job whose file states none."""

SUCCESSES_NEEDED: Final = 20
SUCCESSES_FOR_CONFIDENCE: Final = 100

QUEUE_SECONDS: Final = 60.0
"""Queue at the 95th percentile up to which runners are taken to be there for more jobs at a time."""


def timeouts(declared_jobs: Iterable[Row]) -> list[Proposal]:
    """What of rpt_declared_jobs a ``timeout-minutes`` should be set for. Jobs whose limit is right are left out."""
    return [proposal for row in declared_jobs if (proposal := _timeout(row)) is not None]


def max_parallel(declared_jobs: Iterable[Row]) -> list[Proposal]:
    """What of rpt_declared_jobs holds its own legs back."""
    return [proposal for row in declared_jobs if (proposal := _max_parallel(row)) is not None]


def _minutes(seconds: float) -> str:
    """As a workflow file states a limit: ``360 min``, ``7.5 min``."""
    return f"{seconds / 60:,.1f} min".replace(".0 min", " min")


def _timeout(row: Row) -> Proposal | None:
    verdict = row["timeout_verdict"]
    if verdict is None or verdict == "fits":
        return None  # a called workflow has limits of its own, in the file that declares it
    if verdict == "not enough data":
        has = row["successful_job_count"]
        missing = f"needs {SUCCESSES_NEEDED} successful jobs in 90 days, has {has}"
        return Proposal(advice=too_thin(row["repository_name"], subject(row), "timeout", missing))
    proposed, in_force = row["proposed_timeout_seconds"], row["timeout_seconds"] or DEFAULT_SECONDS
    limit = round(proposed / 60)
    was = f"{_minutes(in_force)}" + ("" if row["timeout_seconds"] else ", the service's own, as the file states none")
    successes = row["successful_job_count"]
    longest = row["execution_seconds_p99"] or row["longest_success_seconds"]
    quantile = "99 % took at most" if row["execution_seconds_p99"] is not None else "the longest took"
    return Proposal(
        advice=Advice(
            repository_name=row["repository_name"],
            subject=subject(row),
            kind="timeout",
            action=f"{'Raise' if verdict == 'too tight' else 'Set'} timeout-minutes to {limit} (now {was}).",
            evidence=(
                Evidence(said=f"Of {count(successes)} successful jobs in 90 days {quantile} {duration(longest)}."),
                Evidence(
                    said=f"Their limit ended {plural(row['timed_out_job_count'], 'job')}; beyond the proposed one jobs "
                    f"ran {duration(row['overlong_seconds_total'] or 0.0)} in all."
                ),
                Evidence(said=f"A job that hangs is then stopped after {limit} min, not {_minutes(in_force)}."),
            ),
            gain=Gain(amount=row["overlong_seconds_total"] or 0.0, unit="seconds", per="90 days of runner time"),
            confidence="high" if successes >= SUCCESSES_FOR_CONFIDENCE else "medium",
        ),
        workflow_path=row["workflow_path"],
        change=partial(_with_timeout, job_key=row["workflow_job_key"], limit=limit),
    )


def _with_timeout(text: str, *, job_key: str, limit: int) -> str:
    if isinstance(job_of(text, job_key).get("timeout-minutes"), str):
        raise UnpatchableWorkflowFile(f"The limit of job {job_key!r} is an expression.")
    return with_value(text, ("jobs", job_key, "timeout-minutes"), limit)


def _max_parallel(row: Row) -> Proposal | None:
    at_a_time, legs = row["max_parallel_count"], row["leg_count"]
    if at_a_time is None or legs is None or legs <= at_a_time:
        return None  # it holds nothing back
    taken, queued = row["execution_seconds_p50"], row["queued_seconds_p95"]
    if taken is None or queued is None:
        missing = f"needs 20 executed jobs in 90 days, has {row['measured_job_count']}"
        return Proposal(advice=too_thin(row["repository_name"], subject(row), "max_parallel", missing))
    if queued > QUEUE_SECONDS:
        missing = (
            f"jobs queue {duration(queued)} for a runner at the 95th percentile, so more at a time might only queue; "
            "which of it max-parallel causes, REST alone does not tell"
        )
        return Proposal(advice=too_thin(row["repository_name"], subject(row), "max_parallel", missing))
    saved = (ceil(legs / at_a_time) - 1) * taken
    return Proposal(
        advice=Advice(
            repository_name=row["repository_name"],
            subject=subject(row),
            kind="max_parallel",
            action=f"Raise max-parallel from {at_a_time} to {legs}.",
            evidence=(
                Evidence(said=f"{legs} legs of {duration(taken)} at the median run {at_a_time} at a time."),
                Evidence(said=f"A runner is there within {duration(queued)} in 95 % of cases."),
                Evidence(said="The wait for siblings itself is not measured: REST alone does not tell it."),
            ),
            gain=Gain(amount=saved, unit="seconds", per="run"),
            confidence="low",
        ),
        workflow_path=row["workflow_path"],
        change=partial(with_value, path=("jobs", row["workflow_job_key"], "strategy", "max-parallel"), value=legs),
    )
