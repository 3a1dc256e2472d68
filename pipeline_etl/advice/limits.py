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


CROWDING_FACTOR: Final = 2.0
"""How much longer others queue while a matrix is at work, from which on it is taken to be the cause."""


def timeouts(declared_jobs: Iterable[Row]) -> list[Proposal]:
    """What of rpt_declared_jobs a ``timeout-minutes`` should be set for. Jobs whose limit is right are left out."""
    return [proposal for row in declared_jobs if (proposal := _timeout(row)) is not None]


def max_parallel(declared_jobs: Iterable[Row], matrices: Iterable[Row] = ()) -> list[Proposal]:
    """What of rpt_declared_jobs holds its own legs back, or those of others by what ``matrices`` say of it.

    A matrix that takes the runners of others is never told to take more of them.
    """
    crowding = {
        (row["workflow_path"], row["workflow_job_key"]): row for row in matrices if takes_runners_from_others(row)
    }
    proposals = []
    for row in declared_jobs:
        matrix = crowding.get((row["workflow_path"], row["workflow_job_key"]))
        proposal = _max_parallel(row) if matrix is None else _lower_max_parallel(row, matrix)
        if proposal is not None:
            proposals.append(proposal)
    return proposals


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


def takes_runners_from_others(matrix: Row) -> bool:
    """Whether jobs of other runs queue for long while this row of rpt_matrix_parallelism is at work, and only then.

    Not known is no: both need 20 jobs. Two legs or more must run at a time, or there is nothing to lower.
    """
    beside, apart = matrix["other_queue_seconds_p95"], matrix["apart_queue_seconds_p95"]
    if beside is None or apart is None or matrix["parallel_leg_count_max"] < 2:
        return False
    return bool(beside > QUEUE_SECONDS and beside > CROWDING_FACTOR * apart)


def _lower_max_parallel(row: Row, matrix: Row) -> Proposal | None:
    legs = row["leg_count"]
    at_a_time = min(matrix["parallel_leg_count_max"], row["max_parallel_count"] or matrix["parallel_leg_count_max"])
    limit = at_a_time // 2
    if not limit:
        return None  # it was lowered since
    taken = row["execution_seconds_p50"]
    longer = (ceil(legs / limit) - ceil(legs / at_a_time)) * taken if legs and taken is not None else None
    excess = matrix["other_queue_seconds_mean"] - matrix["apart_queue_seconds_mean"]
    others = matrix["other_job_count"]
    now = f"now {row['max_parallel_count'] or 'no limit'}"
    return Proposal(
        advice=Advice(
            repository_name=row["repository_name"],
            subject=subject(row),
            kind="max_parallel",
            action=f"Lower max-parallel to {limit} ({now}, {plural(at_a_time, 'leg')} at a time).",
            evidence=(
                Evidence(
                    said=f"While it is at work, one in twenty of {plural(others, 'job')} of other runs waits more than "
                    f"{duration(matrix['other_queue_seconds_p95'])} for the same runners; without it, of "
                    f"{plural(matrix['apart_job_count'], 'job')}, {duration(matrix['apart_queue_seconds_p95'])}."
                ),
                Evidence(
                    said="What it costs its own runs is not known."
                    if longer is None
                    else f"Its own runs take about {duration(longer)} longer, at {duration(taken)} a leg."
                ),
                Evidence(
                    said="Half of what ran at a time is a first step: what others wait then says whether it does."
                ),
            ),
            gain=Gain(amount=max(excess * others, 0.0), unit="seconds", per="30 days of others' waits, at most"),
            confidence="low",
        ),
        workflow_path=row["workflow_path"],
        change=partial(with_value, path=("jobs", row["workflow_job_key"], "strategy", "max-parallel"), value=limit),
    )
