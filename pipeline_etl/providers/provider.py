"""What every CI service must be able to answer.

A provider is handed in at the top floor and joined to a lake in ``extraction``. Frames hold the columns of the named
table except ``provider``, ``repository_id`` and ``extracted_at``, which the extraction adds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import polars as pl

from pipeline_etl.contracts.tables import Table
from pipeline_etl.contracts.vocabulary import ProviderName


@dataclass(frozen=True, kw_only=True)
class Payload:
    """One answer of the service, redacted, else untouched."""

    payload_kind: str
    item_id: str
    payload_json: str


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository as the service describes it."""

    provider: ProviderName
    repository_id: int
    repository_name: str
    default_branch: str
    is_private: bool
    repository_url: str
    snapshot_at: datetime | None = None
    """Moment a recorded archive is true for; None for a live service."""
    told_at: datetime | None = None
    """What the service's own clock said when it described it; None when it does not tell."""
    archive_note: str | None = None
    """What in a recorded archive is real and what is reconstructed, as Markdown."""
    payload: Payload | None = None
    """The answer that described it; None when it is not kept."""

    @property
    def rows(self) -> pl.DataFrame:
        """The row of Repositories."""
        row = {
            "repository_name": self.repository_name,
            "default_branch": self.default_branch,
            "is_private": self.is_private,
            "repository_url": self.repository_url,
            "is_recorded_archive": self.snapshot_at is not None,
            "archive_note": self.archive_note,
        }
        return pl.DataFrame([row], schema_overrides={"archive_note": pl.String})


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Rows by table, and the answers they were read from."""

    frames: Mapping[Table, pl.DataFrame]
    payloads: tuple[Payload, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Validator:
    """What to send with a request to be told "not changed", and where the list went on."""

    etag: str
    next_url: str | None


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a list."""

    request_url: str
    """Path and query of the request."""
    validator: Validator | None
    """For the next time; None when the service gave no entity tag."""
    is_unchanged: bool
    """Whether the service said 304: nothing in ``answer`` then, and nothing to do."""
    total_count: int | None
    """What the service counts; a hint, never a proof."""
    answer: Answer = field(default_factory=lambda: Answer(frames={}))


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What the service said may still be asked of it."""

    limit_count: int
    """Requests it grants at a time."""
    remaining_count: int
    resets_at: datetime
    """When it grants them anew, by our clock."""


class Provider(Protocol):
    """A CI service. Methods raise the ``ProviderError`` or ``PayloadError`` that says what a person should do."""

    @property
    def request_count(self) -> int:
        """Requests sent so far."""

    @property
    def budget(self) -> Budget | None:
        """What the service last said may still be asked; None when it does not say."""

    @property
    def waits_until(self) -> datetime | None:
        """When requests are sent again; None while they are."""

    @property
    def token_expires_at(self) -> datetime | None:
        """When the token ceases to be good; None when it never does, is renewed, or the service does not say."""

    def repository(self, repository_name: str) -> Repository:
        """The repository named owner/name, redirects followed."""

    def workflows(self, repository: Repository) -> Answer:
        """Every workflow: rows of Workflows."""

    def run_pages(
        self,
        repository: Repository,
        *,
        created_from: datetime,
        created_until: datetime,
        validators: Mapping[str, Validator],
    ) -> Iterator[Page]:
        """Runs created in the closed window, newest first: rows of RunAttempts, the latest attempt of each run.

        A page whose validator still holds comes back ``is_unchanged`` and the listing goes on at its ``next_url``.
        The service shows at most 1,000 results of a window; the caller splits windows that reach it.
        """

    def run_attempt(self, repository: Repository, *, run_id: int, run_attempt: int) -> Answer:
        """One attempt of one run: one row of RunAttempts."""

    def jobs(self, repository: Repository, *, run_id: int, run_attempt: int) -> Answer:
        """All jobs of one attempt: rows of Jobs and Steps."""

    def log_archive(self, repository: Repository, *, run_id: int, run_attempt: int) -> bytes:
        """The zip with the logs of one attempt. Raises Gone when the service does not keep it."""

    def job_log(self, repository: Repository, *, job_id: int) -> bytes:
        """The log of one job. Raises Gone when the service does not keep it."""

    def log_line_url(self, job_url: str, *, step_number: int, line_number: int) -> str:
        """Where a line of a step's log, from 1, is shown to people; no request is sent."""

    def annotations(self, repository: Repository, *, job_id: int) -> Answer:
        """Annotations of one job: rows of Annotations without run_id and run_attempt."""

    def artifact_pages(self, repository: Repository, *, validators: Mapping[str, Validator]) -> Iterator[Page]:
        """Every artifact of the repository, newest first: rows of Artifacts."""

    def artifact_archive(self, repository: Repository, *, artifact_id: int) -> bytes:
        """The zip of one artifact. Raises Gone when it has expired."""

    def cache_entries(self, repository: Repository) -> Answer:
        """The caches there are now: rows of CacheEntries without snapshot_at, and the list as one unnamed payload."""

    def artifact(self, repository: Repository, *, artifact_id: int) -> Answer:
        """One artifact as it is now: one row of Artifacts. Raises Gone when there is none any more."""

    def delete_artifact(self, repository: Repository, *, artifact_id: int) -> None:
        """Delete one artifact for ever. Raises Unauthorized when the token may not, Gone when it is not there."""

    def delete_cache(self, repository: Repository, *, cache_id: int) -> None:
        """Delete one cache entry. Raises Unauthorized when the token may not, Gone when it is not there."""

    def workflow_file(self, repository: Repository, *, workflow_path: str, head_sha: str) -> bytes:
        """The workflow file as it was at a commit. Raises Gone when it is not there."""


class Reread(Protocol):
    """Reads a kept answer again, without its service."""

    def __call__(self, payload: Payload, *, repository_id: int) -> Mapping[Table, pl.DataFrame]:
        """Its rows, as the provider that kept it gives them. Raises UnexpectedPayload."""
