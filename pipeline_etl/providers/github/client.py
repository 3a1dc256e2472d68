"""GitHub's REST API: endpoints → answers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from urllib.parse import quote, unquote, urlencode

import httpx
import msgspec
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
from pipeline_etl.errors import Gone, UnexpectedPayload
from pipeline_etl.parsing.redaction import redact
from pipeline_etl.parsing.timestamps import instant
from pipeline_etl.providers.github import normalize, payloads
from pipeline_etl.providers.http import Http
from pipeline_etl.providers.provider import Answer, Page, Payload, Repository, Validator

API_URL: Final = "https://api.github.com"
HEADERS: Final[Mapping[str, str]] = {
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
}
PAGE_SIZE: Final = 100

SNAPSHOT_HEADER: Final = "x-recorded-snapshot-at"
"""Answers of a recorded archive carry its date here; the service never sends it."""
NOTE_HEADER: Final = "x-recorded-note"
"""What in a recorded archive is real, percent-encoded."""

Decoded = TypeVar("Decoded")


@dataclass(frozen=True, kw_only=True)
class GitHub:
    """A provider over GitHub's REST API, an enterprise server's or a recorded archive of it."""

    http: Http

    @property
    def request_count(self) -> int:
        """Requests sent so far."""
        return self.http.request_count

    def repository(self, repository_name: str) -> Repository:
        """The repository named owner/name."""
        doing = f"reading the repository {repository_name}"
        response = self.http.get(f"/repos/{_path(repository_name)}", doing=doing)
        payload = _decoded(response.content, payloads.Repository, doing=doing)
        snapshot_at = instant(response.headers.get(SNAPSHOT_HEADER))
        note = response.headers.get(NOTE_HEADER)
        return Repository(
            provider="github",
            repository_id=payload.id,
            repository_name=payload.full_name,
            default_branch=payload.default_branch,
            is_private=payload.private,
            repository_url=payload.html_url,
            snapshot_at=snapshot_at,
            archive_note=unquote(note) if note else None,
        )

    def workflows(self, repository: Repository) -> Answer:
        """Every workflow: rows of Workflows."""
        doing = f"listing the workflows of {repository.repository_name}"
        pages = self._pages(_actions(repository, "workflows", per_page=PAGE_SIZE), payloads.Workflows, doing=doing)
        return Answer(frames={Workflows: normalize.workflows(each for page in pages for each in page.workflows)})

    def run_pages(
        self,
        repository: Repository,
        *,
        created_from: datetime,
        created_until: datetime,
        validators: Mapping[str, Validator],
    ) -> Iterator[Page]:
        """Runs created in the closed window, newest first: rows of RunAttempts."""
        window = f"{created_from:%Y-%m-%dT%H:%M:%SZ}..{created_until:%Y-%m-%dT%H:%M:%SZ}"
        doing = f"listing the runs of {repository.repository_name} created in {window}"

        def answer(content: bytes) -> tuple[Answer, int | None]:
            page = _decoded(content, payloads.Runs, doing=doing)
            frame, kept = self._runs(page.workflow_runs, repository, doing=doing)
            return Answer(frames={RunAttempts: frame}, payloads=kept), page.total_count

        return self._list(
            _actions(repository, "runs", created=window, per_page=PAGE_SIZE), answer, validators, doing=doing
        )

    def run_attempt(self, repository: Repository, *, run_id: int, run_attempt: int) -> Answer:
        """One attempt of one run: one row of RunAttempts."""
        doing = f"reading attempt {run_attempt} of run {run_id} of {repository.repository_name}"
        content = self.http.get(_actions(repository, f"runs/{run_id}/attempts/{run_attempt}"), doing=doing).content
        frame, kept = self._runs([content], repository, doing=doing)
        return Answer(frames={RunAttempts: frame}, payloads=kept)

    def jobs(self, repository: Repository, *, run_id: int, run_attempt: int) -> Answer:
        """All jobs of one attempt: rows of Jobs and Steps. Raises UnexpectedPayload when the service lists too few."""
        doing = f"listing the jobs of attempt {run_attempt} of run {run_id} of {repository.repository_name}"
        url = _actions(repository, f"runs/{run_id}/attempts/{run_attempt}/jobs", per_page=PAGE_SIZE)
        raw: list[msgspec.Raw] = []
        counted = 0
        for page in self._pages(url, payloads.Jobs, doing=doing):
            raw.extend(page.jobs)
            counted = page.total_count or 0
        # A page that shifts while it is read shows a job twice; of two looks the later one stands.
        listed = {job.id: job for job in (_decoded(one, payloads.Job, doing=doing) for one in raw)}
        if len(listed) < counted:
            raise UnexpectedPayload(f"The service counts {counted} jobs and lists {len(listed)} while {doing}.")
        text, _ = redact("[" + ",".join(bytes(one).decode() for one in raw) + "]")
        kept = Payload(payload_kind="jobs", item_id=f"{run_id}/{run_attempt}", payload_json=text)
        ordered = list(listed.values())
        frames: dict[Table, pl.DataFrame] = {
            Jobs: normalize.jobs(ordered, run_attempt=run_attempt),
            Steps: normalize.steps(ordered, run_attempt=run_attempt),
        }
        return Answer(frames=frames, payloads=(kept,))

    def log_archive(self, repository: Repository, *, run_id: int, run_attempt: int) -> bytes:
        """The zip with the logs of one attempt. Raises Gone when the service does not keep it."""
        doing = f"downloading the logs of attempt {run_attempt} of run {run_id} of {repository.repository_name}"
        return self.http.get(_actions(repository, f"runs/{run_id}/attempts/{run_attempt}/logs"), doing=doing).content

    def job_log(self, repository: Repository, *, job_id: int) -> bytes:
        """The log of one job. Raises Gone when the service does not keep it."""
        doing = f"downloading the log of job {job_id} of {repository.repository_name}"
        return self.http.get(_actions(repository, f"jobs/{job_id}/logs"), doing=doing).content

    def annotations(self, repository: Repository, *, job_id: int) -> Answer:
        """Annotations of one job: rows of Annotations without run_id and run_attempt."""
        doing = f"reading the annotations of job {job_id} of {repository.repository_name}"
        url = f"/repos/{_path(repository.repository_name)}/check-runs/{job_id}/annotations?per_page={PAGE_SIZE}"
        pages = self._pages(url, list[payloads.Annotation], doing=doing)
        listed = [annotation for page in pages for annotation in page]
        return Answer(frames={Annotations: normalize.annotations(listed, job_id=job_id)})

    def artifact_pages(self, repository: Repository, *, validators: Mapping[str, Validator]) -> Iterator[Page]:
        """Every artifact of the repository, newest first: rows of Artifacts."""
        doing = f"listing the artifacts of {repository.repository_name}"

        def answer(content: bytes) -> tuple[Answer, int | None]:
            page = _decoded(content, payloads.Artifacts, doing=doing)
            return Answer(frames={Artifacts: normalize.artifacts(page.artifacts)}), page.total_count

        return self._list(_actions(repository, "artifacts", per_page=PAGE_SIZE), answer, validators, doing=doing)

    def artifact_archive(self, repository: Repository, *, artifact_id: int) -> bytes:
        """The zip of one artifact. Raises Expired when the service has deleted it."""
        doing = f"downloading artifact {artifact_id} of {repository.repository_name}"
        return self.http.get(_actions(repository, f"artifacts/{artifact_id}/zip"), doing=doing).content

    def cache_entries(self, repository: Repository) -> Answer:
        """The caches there are now: rows of CacheEntries without snapshot_at."""
        doing = f"listing the caches of {repository.repository_name}"
        pages = self._pages(_actions(repository, "caches", per_page=PAGE_SIZE), payloads.CacheEntries, doing=doing)
        listed = {entry.id: entry for page in pages for entry in page.actions_caches}
        return Answer(frames={CacheEntries: normalize.cache_entries(listed.values())})

    def workflow_file(self, repository: Repository, *, workflow_path: str, head_sha: str) -> bytes:
        """The workflow file as it was at a commit. Raises Gone when it is not there."""
        doing = f"reading {workflow_path} at {head_sha[:12]} of {repository.repository_name}"
        url = (
            f"/repos/{_path(repository.repository_name)}/contents/{_path(workflow_path)}?ref={quote(head_sha, safe='')}"
        )
        return self.http.get(url, doing=doing, accept="application/vnd.github.raw+json").content

    def _runs(
        self, raw: Iterable[bytes | msgspec.Raw], repository: Repository, *, doing: str
    ) -> tuple[pl.DataFrame, tuple[Payload, ...]]:
        kept = []
        runs = []
        for one in raw:
            run = _decoded(one, payloads.Run, doing=doing)
            text, _ = redact(bytes(one).decode())
            runs.append(run)
            kept.append(Payload(payload_kind="run_attempt", item_id=f"{run.id}/{run.run_attempt}", payload_json=text))
        return normalize.run_attempts(runs, repository_id=repository.repository_id), tuple(kept)

    def _pages(self, url: str, shape: type[Decoded], *, doing: str) -> Iterator[Decoded]:
        """Every page of a list, following the links the service gives."""
        following: str | None = url
        while following:
            response = self.http.get(following, doing=doing)
            yield _decoded(response.content, shape, doing=doing)
            following = response.links.get("next", {}).get("url")

    def _list(
        self,
        url: str,
        read: Callable[[bytes], tuple[Answer, int | None]],
        validators: Mapping[str, Validator],
        *,
        doing: str,
    ) -> Iterator[Page]:
        """Every page of a list, asked for with the validators of the time before."""
        following: str | None = url
        while following:
            request_url = following
            known = validators.get(request_url)
            response = self.http.get(request_url, doing=doing, etag=known.etag if known else None)
            if response.status_code == httpx.codes.NOT_MODIFIED and known is not None:
                following = known.next_url
                yield Page(request_url=request_url, validator=known, is_unchanged=True, total_count=None)
                continue
            link = response.links.get("next", {}).get("url")
            following = self.http.path_of(link) if link else None
            etag = response.headers.get("etag")
            answer, total_count = read(response.content)
            yield Page(
                request_url=request_url,
                validator=Validator(etag=etag, next_url=following) if etag else None,
                is_unchanged=False,
                total_count=total_count,
                answer=answer,
            )


def _decoded(content: bytes | msgspec.Raw, shape: type[Decoded], *, doing: str) -> Decoded:
    try:
        return msgspec.json.decode(content, type=shape)
    except msgspec.MsgspecError as error:
        raise UnexpectedPayload(f"The service's answer is not what it documents while {doing}: {error}") from error


def _path(name: str) -> str:
    """A name as part of an address: whatever it holds, it stays below the API."""
    if any(part in ("", ".", "..") for part in name.split("/")):
        raise Gone(f"{name!r} is no path of the service.")
    return quote(name, safe="/")


def _actions(repository: Repository, what: str, **query: str | int) -> str:
    # The colons of a time need no encoding; a plus would, but all our times are in UTC.
    parameters = f"?{urlencode(query, safe=':.')}" if query else ""
    return f"/repos/{_path(repository.repository_name)}/actions/{what}{parameters}"
