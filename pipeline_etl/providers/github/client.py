"""GitHub as a provider: what the endpoints answer, as rows and as payloads to keep."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from urllib.parse import unquote

import msgspec
import polars as pl

from pipeline_etl.contracts.tables import Annotations, Artifacts, CacheEntries, Jobs, RunAttempts, Steps, Workflows
from pipeline_etl.errors import Gone, UnknownRepository
from pipeline_etl.parsing.timestamps import instant
from pipeline_etl.providers.github import normalize, payloads, privacy, rereading
from pipeline_etl.providers.github.endpoints import Endpoints, ListPage
from pipeline_etl.providers.http import HttpClient
from pipeline_etl.providers.provider import Answer, Budget, Page, Payload, Repository, Validator

Decoded = TypeVar("Decoded")


@dataclass(frozen=True, kw_only=True)
class GitHub:
    """A provider over GitHub's REST API, an enterprise server's or a recorded archive of it."""

    http: HttpClient

    @property
    def request_count(self) -> int:
        """Requests sent so far."""
        return self.http.request_count

    @property
    def budget(self) -> Budget | None:
        """What the service last said may still be asked; None when it does not say."""
        return self.http.budget

    @property
    def waits_until(self) -> datetime | None:
        """When requests are sent again; None while they are."""
        return self.http.waits_until

    @property
    def token_expires_at(self) -> datetime | None:
        """When the token ceases to be good; None when it never does, is renewed, or the service does not say."""
        return self.http.token_expires_at

    @property
    def endpoints(self) -> Endpoints:
        """The endpoints, undecoded."""
        return Endpoints(http=self.http)

    def repository(self, repository_name: str) -> Repository:
        """The repository named owner/name.

        Raises:
            UnknownRepository: there is none of this name, or the token may not see it: the service does not tell.
        """
        try:
            reply = self.endpoints.repository(repository_name)
        except Gone as error:
            raise UnknownRepository(f"GitHub shows no repository {repository_name!r}.") from error
        payload = payloads.decode(reply.content, payloads.Repository, doing=f"reading the repository {repository_name}")
        snapshot_at = reply.headers.get(rereading.SNAPSHOT_HEADER)
        note = reply.headers.get(rereading.NOTE_HEADER)
        note = None if note is None else unquote(note)
        return replace(
            rereading.described(payload, snapshot_at=instant(snapshot_at), archive_note=note),
            told_at=instant(reply.headers.get("date")),
            payload=_repository(reply.content, payload.id, is_recorded=snapshot_at is not None, note=note),
        )

    def workflows(self, repository: Repository) -> Answer:
        """Every workflow: rows of Workflows."""
        doing = f"listing the workflows of {repository.repository_name}"
        pages = self.endpoints.workflows(repository.repository_name)
        items = [item for page in pages for item in page.items]
        listed = _all(items, payloads.Workflow, doing=doing)
        return Answer(
            frames={Workflows: normalize.workflows(listed).unique("workflow_id", maintain_order=True)},
            payloads=_one_by_one(rereading.WORKFLOW, listed, items),
        )

    def run_pages(
        self,
        repository: Repository,
        *,
        created_from: datetime,
        created_until: datetime,
        validators: Mapping[str, Validator],
    ) -> Iterator[Page]:
        """Runs created in the closed window, newest first: rows of RunAttempts."""
        pages = self.endpoints.runs(
            repository.repository_name, created_from=created_from, created_until=created_until, validators=validators
        )
        doing = f"listing the runs of {repository.repository_name}"
        return (_page(page, lambda items: _runs(items, repository, doing=doing), validators) for page in pages)

    def run_attempt(self, repository: Repository, *, run_id: int, run_attempt: int) -> Answer:
        """One attempt of one run: one row of RunAttempts."""
        name = repository.repository_name
        content = self.endpoints.run_attempt(name, run_id=run_id, run_attempt=run_attempt)
        doing = f"reading attempt {run_attempt} of run {run_id} of {name}"
        return _runs([msgspec.Raw(content)], repository, doing=doing)

    def jobs(self, repository: Repository, *, run_id: int, run_attempt: int) -> Answer:
        """All jobs of one attempt: rows of Jobs and Steps. Raises UnexpectedPayload when the service lists too few."""
        name = repository.repository_name
        items = self.endpoints.jobs(name, run_id=run_id, run_attempt=run_attempt)
        listed = _all(items, payloads.Job, doing=f"listing the jobs of attempt {run_attempt} of run {run_id} of {name}")
        return Answer(
            frames={
                Jobs: normalize.jobs(listed, run_id=run_id, run_attempt=run_attempt),
                Steps: normalize.steps(listed, run_id=run_id, run_attempt=run_attempt),
            },
            payloads=(_whole(rereading.JOBS, f"{run_id}/{run_attempt}", items),),
        )

    def log_archive(self, repository: Repository, *, run_id: int, run_attempt: int) -> bytes:
        """The zip with the logs of one attempt. Raises Gone when the service does not keep it."""
        return self.endpoints.log_archive(repository.repository_name, run_id=run_id, run_attempt=run_attempt)

    def job_log(self, repository: Repository, *, job_id: int) -> bytes:
        """The log of one job. Raises Gone when the service does not keep it."""
        return self.endpoints.job_log(repository.repository_name, job_id=job_id)

    def log_line_url(self, job_url: str, *, step_number: int, line_number: int) -> str:
        """See Provider. The page numbers the lines of each step by themselves, what a group folds away included."""
        return f"{job_url}#step:{step_number}:{line_number}"

    def annotations(self, repository: Repository, *, job_id: int) -> Answer:
        """Annotations of one job: rows of Annotations without run_id and run_attempt."""
        doing = f"reading the annotations of job {job_id} of {repository.repository_name}"
        items = self.endpoints.annotations(repository.repository_name, job_id=job_id)
        listed = _all(items, payloads.Annotation, doing=doing)
        return Answer(
            frames={Annotations: normalize.annotations(listed, job_id=job_id)},
            payloads=(_whole(rereading.ANNOTATIONS, str(job_id), items),),
        )

    def artifact_pages(self, repository: Repository, *, validators: Mapping[str, Validator]) -> Iterator[Page]:
        """Every artifact of the repository, newest first: rows of Artifacts."""
        doing = f"listing the artifacts of {repository.repository_name}"

        def answer(items: Sequence[msgspec.Raw]) -> Answer:
            listed = _all(items, payloads.Artifact, doing=doing)
            kept = _one_by_one(rereading.ARTIFACT, listed, items)
            return Answer(frames={Artifacts: normalize.artifacts(listed)}, payloads=kept)

        pages = self.endpoints.artifacts(repository.repository_name, validators=validators)
        return (_page(page, answer, validators) for page in pages)

    def artifact_archive(self, repository: Repository, *, artifact_id: int) -> bytes:
        """The zip of one artifact. Raises Expired when its retention has passed."""
        return self.endpoints.artifact_archive(repository.repository_name, artifact_id=artifact_id)

    def cache_entries(self, repository: Repository) -> Answer:
        """The caches there are now: rows of CacheEntries without snapshot_at."""
        doing = f"listing the caches of {repository.repository_name}"
        pages = self.endpoints.caches(repository.repository_name)
        items = [item for page in pages for item in page.items]
        listed = _all(items, payloads.CacheEntry, doing=doing)
        return Answer(
            frames={
                CacheEntries: normalize.cache_entries(listed).unique("cache_id", keep="first", maintain_order=True)
            },
            payloads=(_whole(rereading.CACHE_ENTRIES, "", items),),
        )

    def artifact(self, repository: Repository, *, artifact_id: int) -> Answer:
        """One artifact as it is now: one row of Artifacts. Raises Gone when there is none any more."""
        content = self.endpoints.artifact(repository.repository_name, artifact_id=artifact_id)
        doing = f"looking at artifact {artifact_id} of {repository.repository_name}"
        return Answer(
            frames={Artifacts: normalize.artifacts([payloads.decode(content, payloads.Artifact, doing=doing)])}
        )

    def delete_artifact(self, repository: Repository, *, artifact_id: int) -> None:
        """Delete one artifact for ever. Raises Unauthorized when the token may not, Gone when it is not there."""
        self.endpoints.delete_artifact(repository.repository_name, artifact_id=artifact_id)

    def delete_cache(self, repository: Repository, *, cache_id: int) -> None:
        """Delete one cache entry. Raises Unauthorized when the token may not, Gone when it is not there."""
        self.endpoints.delete_cache(repository.repository_name, cache_id=cache_id)

    def workflow_file(self, repository: Repository, *, workflow_path: str, head_sha: str) -> bytes:
        """The workflow file as it was at a commit. Raises Gone when it is not there."""
        return self.endpoints.file(repository.repository_name, file_path=workflow_path, sha=head_sha)


def _all(items: Sequence[msgspec.Raw], kind: type[Decoded], *, doing: str) -> list[Decoded]:
    return [payloads.decode(item, kind, doing=doing) for item in items]


def _whole(kind: str, item_id: str, items: Sequence[msgspec.Raw]) -> Payload:
    """A list that is kept as one answer."""
    return Payload(payload_kind=kind, item_id=item_id, payload_json=privacy.kept_list(list(items)))


def _one_by_one(
    kind: str, listed: Sequence[payloads.Workflow | payloads.Artifact], items: Sequence[msgspec.Raw]
) -> tuple[Payload, ...]:
    """The entries of a list, each kept as an answer of its own."""
    return tuple(
        Payload(payload_kind=kind, item_id=str(decoded.id), payload_json=privacy.kept_json(item))
        for decoded, item in zip(listed, items, strict=True)
    )


def _repository(content: bytes, repository_id: int, *, is_recorded: bool, note: str | None) -> Payload:
    recorded = {rereading.RECORDED: True} if is_recorded else {}
    noted = {} if note is None else {rereading.NOTE_HEADER: note}
    kept = privacy.kept_repository(content, beside={**recorded, **noted})
    return Payload(payload_kind=rereading.REPOSITORY, item_id=str(repository_id), payload_json=kept)


def _runs(items: Sequence[msgspec.Raw], repository: Repository, *, doing: str) -> Answer:
    repository_id = repository.repository_id
    runs = _all(items, payloads.WorkflowRun, doing=doing)
    frame: pl.DataFrame = normalize.run_attempts(runs, repository_id=repository_id)
    kept = (
        Payload(
            payload_kind=rereading.RUN_ATTEMPT,
            item_id=f"{run.id}/{run.run_attempt}",
            payload_json=privacy.kept_run(item, repository_id=repository_id),
        )
        for run, item in zip(runs, items, strict=True)
    )
    return Answer(frames={RunAttempts: frame}, payloads=tuple(kept))


def _page(
    page: ListPage, answer: Callable[[Sequence[msgspec.Raw]], Answer], validators: Mapping[str, Validator]
) -> Page:
    """A page of a list, with what to send next time to be told that it is as it was."""
    if page.reply.is_unchanged:
        return Page(request_url=page.path, validator=validators[page.path], is_unchanged=True, total_count=None)
    etag = page.reply.etag
    return Page(
        request_url=page.path,
        validator=None if etag is None else Validator(etag=etag, next_url=page.reply.next_path),
        is_unchanged=False,
        total_count=page.total_count,
        answer=answer(page.items),
    )
