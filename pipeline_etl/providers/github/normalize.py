"""Payloads → rows of our tables: here GitHub's words end and ours begin.

Frames hold the columns of the named table except ``provider``, ``repository_id`` and ``extracted_at``.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
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
from pipeline_etl.parsing.redaction import redact
from pipeline_etl.providers.github import payloads

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
    "pending": "waiting",
    "waiting": "waiting",
    "action_required": "waiting",
    "in_progress": "in_progress",
    "completed": "completed",
}

LEVELS: Final[Mapping[str, AnnotationLevel]] = {"notice": "notice", "warning": "warning", "failure": "failure"}

CONTEXT: Final = frozenset({"provider", "repository_id", "extracted_at"})


def run_attempts(runs: Iterable[payloads.Run], *, repository_id: int) -> pl.DataFrame:
    """Rows of RunAttempts."""
    return _frame(
        RunAttempts,
        [
            {
                "run_id": run.id,
                "run_attempt": run.run_attempt,
                "run_number": run.run_number,
                "workflow_id": run.workflow_id,
                "workflow_name": _clean(run.name) or run.path,
                # The path of a reusable or required workflow ends in @ref.
                "workflow_path": run.path.partition("@")[0],
                "event": run.event,
                "head_branch": _clean(run.head_branch),
                "head_sha": run.head_sha,
                "head_repository_name": run.head_repository.full_name if run.head_repository else None,
                "display_title": _clean(run.display_title) or "",
                "actor_id": _actor_id(run.actor, repository_id=repository_id),
                "triggering_actor_id": _actor_id(run.triggering_actor, repository_id=repository_id),
                "status": STATUSES.get(run.status or "", "other"),
                "result": RESULTS.get(run.conclusion or ""),
                "provider_status": run.status,
                "provider_result": run.conclusion,
                "created_at": _utc(run.created_at),
                "run_started_at": _utc(run.run_started_at or run.created_at),
                "updated_at": _utc(run.updated_at),
                "run_url": run.html_url,
                "pull_request_number": _only_pull_request(run.pull_requests or ()),
                "is_merge_queue": run.event == "merge_group",
            }
            for run in runs
        ],
    )


def jobs(listed: Iterable[payloads.Job], *, run_attempt: int) -> pl.DataFrame:
    """Rows of Jobs.

    ``run_attempt`` is the attempt whose list it is: jobs carried over into it may name the attempt they ran in.
    A job that was skipped never started, though its start is given as its end. So it is with one that was cancelled
    before a runner took it: it has no steps, or ended no later than it is said to have started (626 of the 2,241
    cancelled jobs in the history of bitcoin/bitcoin, 83 of them a second before). A null runner alone proves nothing:
    recorded histories may not know it.
    """
    return _frame(
        Jobs,
        [
            {
                "job_id": job.id,
                "run_id": job.run_id,
                "run_attempt": run_attempt,
                "job_name": _clean(job.name),
                "workflow_name": _clean(job.workflow_name),
                "head_branch": _clean(job.head_branch),
                "head_sha": job.head_sha,
                "status": STATUSES.get(job.status, "other"),
                "result": RESULTS.get(job.conclusion or ""),
                "provider_status": job.status,
                "provider_result": job.conclusion,
                "created_at": _utc(job.created_at),
                "started_at": _utc(job.started_at) if _was_started(job) else None,
                "completed_at": _utc(job.completed_at),
                "runner_id": job.runner_id or None,
                "runner_name": job.runner_name or None,
                "runner_group_name": job.runner_group_name or None,
                "runner_labels": list(job.labels or ()),
                "job_url": job.html_url,
                "step_count": len(job.steps or ()),
            }
            for job in listed
        ],
    )


def steps(listed: Iterable[payloads.Job], *, run_attempt: int) -> pl.DataFrame:
    """Rows of Steps."""
    return _frame(
        Steps,
        [
            {
                "job_id": job.id,
                "step_number": step.number,
                "run_id": job.run_id,
                "run_attempt": run_attempt,
                "step_name": _clean(step.name),
                "status": STATUSES.get(step.status, "other"),
                "result": RESULTS.get(step.conclusion or ""),
                "provider_result": step.conclusion,
                "started_at": _utc(step.started_at),
                "completed_at": _utc(step.completed_at),
            }
            for job in listed
            for step in job.steps or ()
        ],
    )


def workflows(listed: Iterable[payloads.Workflow]) -> pl.DataFrame:
    """Rows of Workflows."""
    return _frame(
        Workflows,
        [
            {
                "workflow_id": workflow.id,
                "workflow_name": _clean(workflow.name),
                "workflow_path": workflow.path,
                "workflow_state": workflow.state,
                "created_at": _utc(workflow.created_at),
                "updated_at": _utc(workflow.updated_at),
            }
            for workflow in listed
        ],
    )


def annotations(listed: Sequence[payloads.Annotation], *, job_id: int) -> pl.DataFrame:
    """Rows of Annotations without run_id and run_attempt."""
    rows = [
        {
            "job_id": job_id,
            "annotation_number": number,
            "level": LEVELS.get(annotation.annotation_level or "", "other"),
            "title": _clean(annotation.title),
            "message": _clean(annotation.message),
            "file_path": _clean(annotation.path),
            "start_line": annotation.start_line,
        }
        for number, annotation in enumerate(listed, 1)
    ]
    return _frame(Annotations, rows, without=frozenset({"run_id", "run_attempt"}))


def artifacts(listed: Iterable[payloads.Artifact]) -> pl.DataFrame:
    """Rows of Artifacts."""
    nobody = payloads.ArtifactRun()
    return _frame(
        Artifacts,
        [
            {
                "artifact_id": artifact.id,
                "run_id": (artifact.workflow_run or nobody).id,
                "artifact_name": _clean(artifact.name),
                "artifact_bytes": artifact.size_in_bytes,
                "digest": artifact.digest,
                "is_expired": artifact.expired,
                "created_at": _utc(artifact.created_at),
                "expires_at": _utc(artifact.expires_at),
                "head_branch": _clean((artifact.workflow_run or nobody).head_branch),
                "head_sha": (artifact.workflow_run or nobody).head_sha,
            }
            for artifact in listed
        ],
    )


def cache_entries(listed: Iterable[payloads.CacheEntry]) -> pl.DataFrame:
    """Rows of CacheEntries without snapshot_at."""
    rows = [
        {
            "cache_id": entry.id,
            "cache_key": _clean(entry.key),
            "cache_version": entry.version,
            "ref": _clean(entry.ref),
            "cache_bytes": entry.size_in_bytes,
            "created_at": _utc(entry.created_at),
            "last_accessed_at": _utc(entry.last_accessed_at),
        }
        for entry in listed
    ]
    return _frame(CacheEntries, rows, without=frozenset({"snapshot_at"}))


def _was_started(job: payloads.Job) -> bool:
    if job.conclusion == "skipped" or job.status in ("queued", "waiting", "pending", "requested"):
        return False
    if job.conclusion != "cancelled" or job.started_at is None or job.completed_at is None:
        return True
    return bool(job.steps) and job.completed_at > job.started_at


def _only_pull_request(listed: Sequence[payloads.PullRequest]) -> int | None:
    return listed[0].number if len(listed) == 1 else None


def _actor_id(account: payloads.Account | None, *, repository_id: int) -> str | None:
    """Keyed, so that one person's ids in two repositories are not equal; never the name."""
    if account is None:
        return None
    return blake2b(account.login.lower().encode(), key=str(repository_id).encode(), digest_size=8).hexdigest()


def _clean(text: str | None) -> str | None:
    return redact(text)[0] if text else text


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo is None:
        return moment and moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def _frame(table: Table, rows: list[dict[str, Any]], *, without: frozenset[str] = frozenset()) -> pl.DataFrame:
    schema = table.create_empty().schema
    names = [name for name in schema.names() if name not in CONTEXT | without]
    return pl.DataFrame(rows, schema={name: schema[name] for name in names}, orient="row")
