"""The fields we read of GitHub's answers, and which of them may be absent or null.

This is all we assume of the API. A required field that is missing, or has another type, raises UnexpectedPayload where
it is decoded and nowhere else. A field has a default when GitHub's published schema makes it optional or nullable, or
when answers without it were seen: old Enterprise servers give no ``created_at`` of jobs, a deleted fork leaves
``head_repository`` null, answers of 2022 have no ``display_title``.

Words (status, conclusion, event …) are plain strings here: a new one is no error.
"""

from datetime import datetime
from typing import Annotated, TypeVar

import msgspec

from pipeline_etl.errors import UnexpectedPayload, WebPage

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time with its zone. Seen: Z, +09:00, up to nine fractional digits."""

Decoded = TypeVar("Decoded")


class Identified(msgspec.Struct):
    """Anything with a number: an account, of which nothing else is read, or a job in a list that is only counted."""

    id: int


class AccessToken(msgspec.Struct):
    """POST /app/installations/{id}/access_tokens."""

    token: str
    expires_at: Instant


class Repository(msgspec.Struct):
    """GET /repos/{owner}/{repo}."""

    id: int
    full_name: str
    default_branch: str
    private: bool
    html_url: str


class Workflow(msgspec.Struct):
    """An entry of GET …/actions/workflows."""

    id: int
    name: str
    path: str
    state: str
    created_at: Instant
    updated_at: Instant


class HeadRepository(msgspec.Struct):
    """The repository a run's commit came from."""

    full_name: str


class HeadCommit(msgspec.Struct):
    """The commit a run was made for."""

    message: str | None = None


class PullRequestBase(msgspec.Struct):
    """Where a pull request wants to be merged."""

    repo: Identified


class PullRequest(msgspec.Struct):
    """A pull request as a run names it; it may be one of a fork's own."""

    number: int
    base: PullRequestBase


class WorkflowRun(msgspec.Struct):
    """One attempt of a run: an entry of GET …/actions/runs, or GET …/actions/runs/{id}/attempts/{n}.

    ``run_attempt`` is optional in the published schema and required here: our key contains it, and assuming 1 would
    overwrite the first attempt with a later one.
    """

    id: int
    run_attempt: int
    run_number: int
    workflow_id: int
    event: str
    head_sha: str
    path: str
    created_at: Instant
    updated_at: Instant
    html_url: str
    name: str | None = None
    display_title: str | None = None
    head_branch: str | None = None
    status: str | None = None
    conclusion: str | None = None
    run_started_at: Instant | None = None
    actor: Identified | None = None
    triggering_actor: Identified | None = None
    head_repository: HeadRepository | None = None
    head_commit: HeadCommit | None = None
    pull_requests: list[PullRequest] | None = None


class Step(msgspec.Struct):
    """A step of a job. Its times have no zone but their own: +09:00 was seen in a job whose times end in Z."""

    number: int
    name: str
    status: str
    conclusion: str | None = None
    started_at: Instant | None = None
    completed_at: Instant | None = None


class Job(msgspec.Struct):
    """An entry of GET …/actions/runs/{id}/attempts/{n}/jobs.

    Its own ``run_attempt`` is not read: of a job carried over into a partial re-run it is not known which attempt it
    names. The attempt that was asked for is the one the job belongs to.
    """

    id: int
    name: str
    head_sha: str
    status: str
    workflow_name: str | None = None
    head_branch: str | None = None
    conclusion: str | None = None
    created_at: Instant | None = None
    started_at: Instant | None = None
    completed_at: Instant | None = None
    runner_id: int | None = None
    runner_name: str | None = None
    runner_group_name: str | None = None
    labels: list[str] = []
    html_url: str | None = None
    steps: list[Step] | None = None


class Annotation(msgspec.Struct):
    """An entry of GET …/check-runs/{id}/annotations, whose id is the job's."""

    annotation_level: str | None = None
    title: str | None = None
    message: str | None = None
    path: str | None = None
    start_line: int | None = None


class ArtifactRun(msgspec.Struct):
    """The run an artifact was made by."""

    id: int | None = None
    head_branch: str | None = None
    head_sha: str | None = None


class Artifact(msgspec.Struct):
    """An entry of GET …/actions/artifacts."""

    id: int
    name: str
    size_in_bytes: int
    expired: bool
    digest: str | None = None
    created_at: Instant | None = None
    expires_at: Instant | None = None
    workflow_run: ArtifactRun | None = None


class CacheEntry(msgspec.Struct):
    """An entry of GET …/actions/caches; every field is optional in the published schema, four we cannot do without."""

    id: int
    key: str
    ref: str
    size_in_bytes: int
    version: str = ""
    created_at: Instant | None = None
    last_accessed_at: Instant | None = None


class ItemList(msgspec.Struct):
    """A page of a list. Its entries stay undecoded: they are archived as they came.

    Each list declares its entries anew, for a name is changed only where the field is declared.
    """

    items: list[msgspec.Raw]
    total_count: int | None = None


class Workflows(ItemList, rename={"items": "workflows"}):
    """GET …/actions/workflows."""

    items: list[msgspec.Raw]


class WorkflowRuns(ItemList, rename={"items": "workflow_runs"}):
    """GET …/actions/runs."""

    items: list[msgspec.Raw]


class Jobs(ItemList, rename={"items": "jobs"}):
    """GET …/actions/runs/{id}/attempts/{n}/jobs."""

    items: list[msgspec.Raw]


class Artifacts(ItemList, rename={"items": "artifacts"}):
    """GET …/actions/artifacts."""

    items: list[msgspec.Raw]


class CacheEntries(ItemList, rename={"items": "actions_caches"}):
    """GET …/actions/caches."""

    items: list[msgspec.Raw]


def decode(content: bytes | msgspec.Raw, kind: type[Decoded], *, doing: str) -> Decoded:
    """An answer, or a part of one, as a struct. Raises UnexpectedPayload when it is not of that kind."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        if bytes(content).lstrip().startswith(b"<"):
            raise WebPage(f"While {doing} a web page came instead of an answer of the API.") from error
        raise UnexpectedPayload(f"While {doing}: {error}.") from error
