"""Payloads → frames: here GitHub's words end and ours begin. Pure.

Frames hold the columns of the named table except those the extraction adds. Built column by column.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

import polars as pl

from pipeline_etl.contracts.tables import (
    Annotations,
    Artifacts,
    CacheEntries,
    Jobs,
    RunAttempts,
    Steps,
    Table,
    Workflows,
)
from pipeline_etl.contracts.vocabulary import AnnotationLevel, Result, RunStatus
from pipeline_etl.providers.github import payloads
from pipeline_etl.providers.github.privacy import clean, pseudonym

RESULTS: Final[Mapping[str, Result]] = {
    "success": "success",
    "failure": "failure",
    "timed_out": "timeout",
    "cancelled": "cancellation",
    "skipped": "skip",
    "startup_failure": "error",
}
"""The others (neutral, stale, action_required, and words of tomorrow) are neither pass nor fail: null."""

STATUSES: Final[Mapping[str, RunStatus]] = {
    "queued": "queued",
    "requested": "queued",
    "pending": "waiting",  # by a concurrency group
    "waiting": "waiting",  # by a deployment protection rule
    "action_required": "waiting",
    "in_progress": "in_progress",
    "completed": "completed",
}

NOT_BEGUN: Final = frozenset({"queued", "requested", "pending", "waiting"})

LEVELS: Final[Mapping[str, AnnotationLevel]] = {"notice": "notice", "warning": "warning", "failure": "failure"}

CONTEXT: Final = frozenset({"provider", "repository_id", "extracted_at"})

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


def run_attempts(runs: Sequence[payloads.WorkflowRun], *, repository_id: int) -> pl.DataFrame:
    """Rows of RunAttempts."""
    return _frame(
        RunAttempts,
        {
            "run_id": [run.id for run in runs],
            "run_attempt": [run.run_attempt for run in runs],
            "run_number": [run.run_number for run in runs],
            "workflow_id": [run.workflow_id for run in runs],
            "workflow_name": [_clean(run.name) or run.path for run in runs],
            "workflow_path": [workflow_path(run.path) for run in runs],
            "event": [run.event for run in runs],
            "head_branch": [_clean(run.head_branch) for run in runs],
            "head_sha": [run.head_sha for run in runs],
            "head_repository_name": [run.head_repository and run.head_repository.full_name for run in runs],
            "display_title": [clean(_title(run)) for run in runs],
            "actor_id": [_actor_id(run.actor, repository_id=repository_id) for run in runs],
            "triggering_actor_id": [_actor_id(run.triggering_actor, repository_id=repository_id) for run in runs],
            "status": [STATUSES.get(run.status or "", "other") for run in runs],
            "result": [RESULTS.get(run.conclusion or "") for run in runs],
            "provider_status": [run.status for run in runs],
            "provider_result": [run.conclusion or None for run in runs],
            "created_at": [run.created_at for run in runs],
            "run_started_at": [run.run_started_at or run.created_at for run in runs],
            "updated_at": [run.updated_at for run in runs],
            "run_url": [run.html_url for run in runs],
            "pull_request_number": [_pull_request_number(run, repository_id=repository_id) for run in runs],
            "is_merge_queue": [
                run.event == "merge_group" or (run.head_branch or "").startswith("gh-readonly-queue/") for run in runs
            ],
        },
    )


def jobs(listed: Sequence[payloads.Job], *, run_id: int, run_attempt: int) -> pl.DataFrame:
    """Rows of Jobs: the list of one attempt, jobs carried over into it included."""
    return _frame(
        Jobs,
        {
            "job_id": [job.id for job in listed],
            "run_id": [run_id] * len(listed),
            "run_attempt": [run_attempt] * len(listed),
            "job_name": [clean(job.name) for job in listed],
            "workflow_name": [_clean(job.workflow_name) for job in listed],
            "head_branch": [_clean(job.head_branch) for job in listed],
            "head_sha": [job.head_sha for job in listed],
            "status": [STATUSES.get(job.status, "other") for job in listed],
            "result": [RESULTS.get(job.conclusion or "") for job in listed],
            "provider_status": [job.status for job in listed],
            "provider_result": [job.conclusion or None for job in listed],
            "created_at": [job.created_at for job in listed],
            "started_at": [job.started_at if was_started(job) else None for job in listed],
            "completed_at": [job.completed_at for job in listed],
            "runner_id": [job.runner_id or None for job in listed],
            "runner_name": [job.runner_name or None for job in listed],
            "runner_group_name": [job.runner_group_name or None for job in listed],
            "runner_labels": [job.labels for job in listed],
            "job_url": [job.html_url for job in listed],
            "step_count": [len(job.steps or ()) for job in listed],
        },
    )


def steps(listed: Sequence[payloads.Job], *, run_id: int, run_attempt: int) -> pl.DataFrame:
    """Rows of Steps, of the jobs of one attempt. Steps of a job that never started did not start either."""
    rows = [(job.id, step, was_started(job)) for job in listed for step in job.steps or ()]
    return _frame(
        Steps,
        {
            "job_id": [job_id for job_id, _, _ in rows],
            "step_number": [step.number for _, step, _ in rows],
            "run_id": [run_id] * len(rows),
            "run_attempt": [run_attempt] * len(rows),
            "step_name": [clean(step.name) for _, step, _ in rows],
            "status": [STATUSES.get(step.status, "other") for _, step, _ in rows],
            "result": [RESULTS.get(step.conclusion or "") for _, step, _ in rows],
            "provider_result": [step.conclusion or None for _, step, _ in rows],
            "started_at": [step.started_at if started else None for _, step, started in rows],
            "completed_at": [step.completed_at if started else None for _, step, started in rows],
        },
    )


def was_started(job: payloads.Job) -> bool:
    """Whether a runner ever took the job: what the service gives as the start of one that was not taken is no start.

    * A skipped job has its end for a start; one that still waits has its creation.
    * A job that was ended before a runner took it names no runner, and has no steps, or ends no later than it starts,
      or starts in the very second it was created.

    A missing runner alone proves nothing: the recorded history of bitcoin/bitcoin names none for any of its 17,002
    jobs, of which 14,761 passed or failed. Every one of these ran for two seconds or more and waited for two or more;
    of the 2,241 cancelled ones 626 end no later than they start (83 of them before), and 8 start when they are
    created and are cancelled after 80 or 901 seconds. None of these 634 has a measured phase.
    """
    if job.conclusion == "skipped" or job.status in NOT_BEGUN or job.started_at is None:
        return False
    if job.status != "completed" or job.conclusion == "success" or job.runner_id or job.runner_name:
        return True
    is_instantaneous = job.completed_at is not None and job.completed_at <= job.started_at
    return bool(job.steps) and not is_instantaneous and job.started_at != job.created_at


def workflows(listed: Sequence[payloads.Workflow]) -> pl.DataFrame:
    """Rows of Workflows."""
    return _frame(
        Workflows,
        {
            "workflow_id": [workflow.id for workflow in listed],
            "workflow_name": [clean(workflow.name) for workflow in listed],
            "workflow_path": [workflow.path for workflow in listed],
            "workflow_state": [workflow.state for workflow in listed],
            "created_at": [workflow.created_at for workflow in listed],
            "updated_at": [workflow.updated_at for workflow in listed],
        },
    )


def annotations(listed: Sequence[payloads.Annotation], *, job_id: int) -> pl.DataFrame:
    """Rows of Annotations, of one job, without run_id and run_attempt."""
    return _frame(
        Annotations,
        {
            "job_id": [job_id] * len(listed),
            "annotation_number": list(range(1, len(listed) + 1)),
            "level": [LEVELS.get(annotation.annotation_level or "", "other") for annotation in listed],
            "title": [_clean(annotation.title) for annotation in listed],
            "message": [_clean(annotation.message) for annotation in listed],
            "file_path": [_clean(annotation.path) for annotation in listed],
            "start_line": [annotation.start_line for annotation in listed],
        },
        without=("run_id", "run_attempt"),
    )


def artifacts(listed: Sequence[payloads.Artifact]) -> pl.DataFrame:
    """Rows of Artifacts."""
    runs = [artifact.workflow_run or payloads.ArtifactRun() for artifact in listed]
    return _frame(
        Artifacts,
        {
            "artifact_id": [artifact.id for artifact in listed],
            "run_id": [run.id for run in runs],
            "artifact_name": [clean(artifact.name) for artifact in listed],
            "artifact_bytes": [artifact.size_in_bytes for artifact in listed],
            "digest": [artifact.digest for artifact in listed],
            "is_expired": [artifact.expired for artifact in listed],
            "created_at": [artifact.created_at for artifact in listed],
            "expires_at": [artifact.expires_at for artifact in listed],
            "head_branch": [_clean(run.head_branch) for run in runs],
            "head_sha": [run.head_sha for run in runs],
        },
    )


def cache_entries(listed: Sequence[payloads.CacheEntry]) -> pl.DataFrame:
    """Rows of CacheEntries without snapshot_at."""
    return _frame(
        CacheEntries,
        {
            "cache_id": [entry.id for entry in listed],
            "cache_key": [clean(entry.key) for entry in listed],
            "cache_version": [entry.version for entry in listed],
            "ref": [clean(entry.ref) for entry in listed],
            "cache_bytes": [entry.size_in_bytes for entry in listed],
            "created_at": [entry.created_at for entry in listed],
            "last_accessed_at": [entry.last_accessed_at for entry in listed],
        },
        without=("snapshot_at",),
    )


def workflow_path(path: str) -> str:
    """A run's workflow path without the ``@ref`` that one in another repository or at another ref ends in."""
    for extension in (".yml@", ".yaml@"):
        if extension in path:
            return path[: path.index(extension) + len(extension) - 1]
    return path


def _title(run: payloads.WorkflowRun) -> str:
    """What the service shows; answers of 2022 do not have it, and then it shows the commit's first line."""
    if run.display_title:
        return run.display_title
    message = run.head_commit.message if run.head_commit else None
    return (message or run.name or run.path).partition("\n")[0]


def _pull_request_number(run: payloads.WorkflowRun, *, repository_id: int) -> int | None:
    """A run in a fork lists the pull requests of the repository it was forked from, and the other way round."""
    ours = [request.number for request in run.pull_requests or () if request.base.repo.id == repository_id]
    return ours[0] if len(ours) == 1 else None


def _actor_id(account: payloads.Identified | None, *, repository_id: int) -> str | None:
    """Keyed by the repository, so that one person's ids in two repositories are not equal; never the name."""
    return None if account is None else f"{-pseudonym(account.id, repository_id=repository_id):016x}"


def _clean(text: str | None) -> str | None:
    return None if text is None else clean(text)


def _frame(table: Table, columns: Mapping[str, Sequence[Any]], *, without: Collection[str] = ()) -> pl.DataFrame:
    schema = _schema(table)
    return pl.DataFrame(
        [_column(name, columns[name], kind) for name, kind in schema.items() if name not in CONTEXT.union(without)]
    )


def _column(name: str, values: Sequence[Any], kind: pl.DataType) -> pl.Series:
    if isinstance(kind, pl.Datetime):
        # By way of whole numbers: half the time of handing over datetimes, and any mixture of zones.
        ticks = [None if moment is None else (moment - EPOCH) // MICROSECOND for moment in values]
        return pl.Series(name, ticks, dtype=pl.Int64).cast(kind)
    return pl.Series(name, values, dtype=kind)


@cache
def _schema(table: Table) -> Mapping[str, pl.DataType]:
    return dict(table.create_empty().schema)
