"""The fields that are read of each answer of GitHub's REST API, and nothing else: what is assumed of it, written once.

A field without a default is required: its absence is an error where it is decoded and nowhere else. Words (status,
conclusion, state …) are plain text, for the service adds new ones. Sources: GitHub's OpenAPI description (MIT) and,
where it is wrong in practice, the reason beside the field.
"""

from datetime import datetime

import msgspec


class Payload(msgspec.Struct, frozen=True, gc=False):
    """Unknown fields are ignored: the service adds some every month."""


class Account(Payload):
    """A user, bot or organisation."""

    login: str


class Repository(Payload):
    """GET /repos/{owner}/{repo}."""

    id: int
    full_name: str
    default_branch: str
    private: bool
    html_url: str


class Workflow(Payload):
    """One of GET …/actions/workflows."""

    id: int
    name: str
    path: str
    state: str
    created_at: datetime
    updated_at: datetime


class HeadRepository(Payload):
    """The repository a commit came from."""

    full_name: str


class PullRequest(Payload):
    """A pull request a run belongs to; none is listed for pull requests from forks."""

    number: int


class Run(Payload):
    """One attempt of a run: GET …/actions/runs, …/runs/{id}, …/runs/{id}/attempts/{n}.

    ``run_attempt`` is optional in the published schema; our key needs it, so its absence is an error and never "1".
    """

    id: int
    run_attempt: int
    run_number: int
    workflow_id: int
    event: str
    head_sha: str
    path: str
    created_at: datetime
    updated_at: datetime
    html_url: str
    name: str | None = None
    display_title: str | None = None
    head_branch: str | None = None
    head_repository: HeadRepository | None = None
    """Null for a deleted fork, although the schema forbids it."""
    actor: Account | None = None
    triggering_actor: Account | None = None
    status: str | None = None
    conclusion: str | None = None
    run_started_at: datetime | None = None
    pull_requests: list[PullRequest] | None = None


class Step(Payload):
    """A step of a job. Times may have an offset and fractions."""

    name: str
    number: int
    status: str
    conclusion: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None


class Job(Payload):
    """One of GET …/actions/runs/{id}/attempts/{n}/jobs."""

    id: int
    run_id: int
    head_sha: str
    name: str
    status: str
    run_attempt: int
    conclusion: str | None = None
    created_at: datetime | None = None
    """Absent from servers of an enterprise that are old."""
    started_at: datetime | None = None
    completed_at: datetime | None = None
    steps: list[Step] | None = None
    labels: list[str] | None = None
    runner_id: int | None = None
    runner_name: str | None = None
    runner_group_name: str | None = None
    workflow_name: str | None = None
    head_branch: str | None = None
    html_url: str | None = None


class Annotation(Payload):
    """One of GET …/check-runs/{job id}/annotations."""

    annotation_level: str | None = None
    title: str | None = None
    message: str | None = None
    path: str | None = None
    start_line: int | None = None


class ArtifactRun(Payload):
    """The run that made an artifact."""

    id: int | None = None
    head_branch: str | None = None
    head_sha: str | None = None


class Artifact(Payload):
    """One of GET …/actions/artifacts."""

    id: int
    name: str
    size_in_bytes: int
    expired: bool
    created_at: datetime | None = None
    expires_at: datetime | None = None
    digest: str | None = None
    workflow_run: ArtifactRun | None = None


class CacheEntry(Payload):
    """One of GET …/actions/caches. Every field is optional in the published schema; these identify the entry."""

    id: int
    key: str
    version: str
    ref: str
    size_in_bytes: int
    created_at: datetime | None = None
    last_accessed_at: datetime | None = None


class Runs(Payload):
    """A page of runs."""

    workflow_runs: list[msgspec.Raw]
    total_count: int | None = None


class Jobs(Payload):
    """A page of jobs."""

    jobs: list[msgspec.Raw]
    total_count: int | None = None


class Workflows(Payload):
    """A page of workflows."""

    workflows: list[Workflow]
    total_count: int | None = None


class Artifacts(Payload):
    """A page of artifacts."""

    artifacts: list[Artifact]
    total_count: int | None = None


class CacheEntries(Payload):
    """A page of caches."""

    actions_caches: list[CacheEntry]
    total_count: int | None = None
