"""Kept answers → frames, once more: the same reading as when they came, or a better one. Pure.

Which of them are kept, and under which names: a kind and an id are all that is known of an answer beside itself.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import polars as pl

from pipeline_etl.contracts.tables import (
    Annotations,
    Artifacts,
    CacheEntries,
    Jobs,
    Repositories,
    RunAttempts,
    Steps,
    Table,
    Workflows,
)
from pipeline_etl.errors import UnexpectedPayload
from pipeline_etl.providers.github import normalize, payloads
from pipeline_etl.providers.provider import Payload, Repository

REPOSITORY: Final = "repository"
WORKFLOW: Final = "workflow"
RUN_ATTEMPT: Final = "run_attempt"
JOBS: Final = "jobs"
ANNOTATIONS: Final = "annotations"
ARTIFACT: Final = "artifact"
CACHE_ENTRIES: Final = "cache_entries"

SNAPSHOT_HEADER: Final = "x-recorded-snapshot-at"
"""A recorded archive answers with its date here; the service never does."""

NOTE_HEADER: Final = "x-recorded-note"
"""What in a recorded archive is real, percent-encoded."""

RECORDED: Final = "x-recorded"
"""Kept with a repository of a recorded archive; not its date, with which no row would change."""

Frames = Mapping[Table, pl.DataFrame]


class KeptRepository(payloads.Repository, rename={"is_recorded": RECORDED, "archive_note": NOTE_HEADER}, kw_only=True):
    """A repository as it is kept: of a recorded archive with what only its headers say."""

    is_recorded: bool = False
    archive_note: str | None = None


def described(payload: payloads.Repository, *, snapshot_at: datetime | None, archive_note: str | None) -> Repository:
    """The repository an answer describes."""
    return Repository(
        provider="github",
        repository_id=payload.id,
        repository_name=payload.full_name,
        default_branch=payload.default_branch,
        is_private=payload.private,
        repository_url=payload.html_url,
        snapshot_at=snapshot_at,
        archive_note=archive_note,
    )


def reread(payload: Payload, *, repository_id: int) -> Frames:
    """The rows of a kept answer, as its provider gives them. Raises UnexpectedPayload."""
    read = READINGS.get(payload.payload_kind)
    doing = f"reading the kept {payload.payload_kind} {payload.item_id} again"
    if read is None:
        raise UnexpectedPayload(f"While {doing}: answers of this kind are not known.")
    try:
        return read(payload, repository_id, doing)
    except ValueError as error:
        raise UnexpectedPayload(f"While {doing}: its name is not one this program gives.") from error


def _repository(payload: Payload, _: int, doing: str) -> Frames:
    kept = _decoded(payload, KeptRepository, doing)
    row = described(kept, snapshot_at=None, archive_note=kept.archive_note).rows
    return {Repositories: row.with_columns(pl.lit(kept.is_recorded).alias("is_recorded_archive"))}


def _workflow(payload: Payload, _: int, doing: str) -> Frames:
    return {Workflows: normalize.workflows([_decoded(payload, payloads.Workflow, doing)])}


def _run_attempt(payload: Payload, repository_id: int, doing: str) -> Frames:
    run = _decoded(payload, payloads.WorkflowRun, doing)
    return {RunAttempts: normalize.run_attempts([run], repository_id=repository_id)}


def _jobs(payload: Payload, _: int, doing: str) -> Frames:
    run_id, run_attempt = map(int, payload.item_id.split("/"))
    listed = _decoded(payload, list[payloads.Job], doing)
    return {
        Jobs: normalize.jobs(listed, run_id=run_id, run_attempt=run_attempt),
        Steps: normalize.steps(listed, run_id=run_id, run_attempt=run_attempt),
    }


def _annotations(payload: Payload, _: int, doing: str) -> Frames:
    listed = _decoded(payload, list[payloads.Annotation], doing)
    return {Annotations: normalize.annotations(listed, job_id=int(payload.item_id))}


def _artifact(payload: Payload, _: int, doing: str) -> Frames:
    return {Artifacts: normalize.artifacts([_decoded(payload, payloads.Artifact, doing)])}


def _cache_entries(payload: Payload, _: int, doing: str) -> Frames:
    listed = _decoded(payload, list[payloads.CacheEntry], doing)
    return {CacheEntries: normalize.cache_entries(listed).unique("cache_id", keep="first", maintain_order=True)}


def _decoded(payload: Payload, kind: type[payloads.Decoded], doing: str) -> payloads.Decoded:
    return payloads.decode(payload.payload_json.encode(), kind, doing=doing)


READINGS: Final[Mapping[str, Callable[[Payload, int, str], Frames]]] = {
    REPOSITORY: _repository,
    WORKFLOW: _workflow,
    RUN_ATTEMPT: _run_attempt,
    JOBS: _jobs,
    ANNOTATIONS: _annotations,
    ARTIFACT: _artifact,
    CACHE_ENTRIES: _cache_entries,
}
"""Kind of answer → how it is read; these are all that are kept."""
