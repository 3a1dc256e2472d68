"""GitHub's REST API: one method per endpoint we ask, answers undecoded but for the lists they come in.

Every request names its filter, page size and API version, for the service ignores what it does not know in silence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from pipeline_etl.errors import Gone, MalformedLog, UnexpectedPayload
from pipeline_etl.providers.github import payloads
from pipeline_etl.providers.http import HttpClient
from pipeline_etl.providers.provider import Validator
from pipeline_etl.providers.reply import Reply

API_URL: Final = "https://api.github.com"

HEADERS: Final[Mapping[str, str]] = {
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
}
RAW: Final = "application/vnd.github.raw+json"

PAGE_SIZE: Final = 100
"""The service's largest."""

DOWNLOAD_LIMIT_BYTES: Final = 256 * 2**20
"""Largest log archive or artifact that is held in memory. Several are at a time."""


@dataclass(frozen=True, kw_only=True)
class ListPage:
    """One page of a list: entries undecoded, none when it is unchanged."""

    path: str
    reply: Reply
    items: list[msgspec.Raw]
    total_count: int | None


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """The endpoints, over one client. Names are owner/name; methods raise what the client raises."""

    http: HttpClient

    def repository(self, name: str) -> Reply:
        """The repository; a moved one is found where it is now."""
        return self.http.get(self._path(name), doing=f"reading the repository {name}")

    def workflows(self, name: str) -> Iterator[ListPage]:
        """Every workflow."""
        path = self._path(name, "actions/workflows", per_page=PAGE_SIZE)
        return self._list(path, payloads.Workflows, doing=f"listing the workflows of {name}")

    def runs(
        self, name: str, *, created_from: datetime, created_until: datetime, validators: Mapping[str, Validator]
    ) -> Iterator[ListPage]:
        """Runs created in the closed window, newest first. A closed window does not shift while its pages are read."""
        window = f"{created_from:%Y-%m-%dT%H:%M:%SZ}..{created_until:%Y-%m-%dT%H:%M:%SZ}"
        path = self._path(name, "actions/runs", created=window, per_page=PAGE_SIZE)
        doing = f"listing the runs of {name} created in {window}"
        return self._list(path, payloads.WorkflowRuns, doing=doing, validators=validators)

    def run_attempt(self, name: str, *, run_id: int, run_attempt: int) -> bytes:
        """One attempt of a run; only here are older attempts told of."""
        path = self._path(name, f"actions/runs/{run_id}/attempts/{run_attempt}")
        return self.http.get(path, doing=f"reading attempt {run_attempt} of run {run_id} of {name}").content

    def jobs(self, name: str, *, run_id: int, run_attempt: int) -> list[msgspec.Raw]:
        """The jobs of one attempt, each once.

        Raises:
            UnexpectedPayload: the service counts more jobs than it lists.
        """
        doing = f"listing the jobs of attempt {run_attempt} of run {run_id} of {name}"
        path = self._path(name, f"actions/runs/{run_id}/attempts/{run_attempt}/jobs", per_page=PAGE_SIZE)
        jobs: dict[int, msgspec.Raw] = {}
        counted = 0
        for page in self._list(path, payloads.Jobs, doing=doing):
            # A page that shifts while it is read shows a job twice; of two looks the later one stands.
            jobs.update((payloads.decode(job, payloads.Identified, doing=doing).id, job) for job in page.items)
            counted = page.total_count or 0
        if len(jobs) < counted:
            raise UnexpectedPayload(f"While {doing}: the service counts {counted} and lists {len(jobs)}.")
        return list(jobs.values())

    def annotations(self, name: str, *, job_id: int) -> list[msgspec.Raw]:
        """The annotations of a job, whose id is its check run's."""
        doing = f"reading the annotations of job {job_id} of {name}"
        path = self._path(name, f"check-runs/{job_id}/annotations", per_page=PAGE_SIZE)
        return [
            annotation
            for _, reply in self.http.pages(path, doing=doing)
            for annotation in payloads.decode(reply.content, list[msgspec.Raw], doing=doing)
        ]

    def artifacts(self, name: str, *, validators: Mapping[str, Validator]) -> Iterator[ListPage]:
        """Every artifact of the repository, newest first."""
        path = self._path(name, "actions/artifacts", per_page=PAGE_SIZE)
        doing = f"listing the artifacts of {name}"
        return self._list(path, payloads.Artifacts, doing=doing, validators=validators)

    def caches(self, name: str) -> Iterator[ListPage]:
        """Every cache entry there is now."""
        path = self._path(name, "actions/caches", per_page=PAGE_SIZE)
        return self._list(path, payloads.CacheEntries, doing=f"listing the caches of {name}")

    def log_archive(self, name: str, *, run_id: int, run_attempt: int) -> bytes:
        """The zip with the logs of one attempt."""
        path = self._path(name, f"actions/runs/{run_id}/attempts/{run_attempt}/logs")
        doing = f"downloading the logs of attempt {run_attempt} of run {run_id} of {name}"
        return self.http.download(path, doing=doing, limit_bytes=DOWNLOAD_LIMIT_BYTES)

    def job_log(self, name: str, *, job_id: int) -> bytes:
        """The log of one job."""
        path = self._path(name, f"actions/jobs/{job_id}/logs")
        doing = f"downloading the log of job {job_id} of {name}"
        return self.http.download(path, doing=doing, limit_bytes=DOWNLOAD_LIMIT_BYTES, too_large=MalformedLog)

    def artifact_archive(self, name: str, *, artifact_id: int) -> bytes:
        """The zip of one artifact."""
        path = self._path(name, f"actions/artifacts/{artifact_id}/zip")
        doing = f"downloading artifact {artifact_id} of {name}"
        return self.http.download(path, doing=doing, limit_bytes=DOWNLOAD_LIMIT_BYTES)

    def file(self, name: str, *, file_path: str, sha: str) -> bytes:
        """A file as it was at a commit."""
        path = self._path(name, f"contents/{quote(_checked(file_path))}", ref=sha)
        return self.http.get(path, doing=f"reading {file_path} at {sha} of {name}", accept=RAW).content

    def delete_artifact(self, name: str, *, artifact_id: int) -> None:
        """Delete one artifact."""
        path = self._path(name, f"actions/artifacts/{artifact_id}")
        self.http.delete(path, doing=f"deleting artifact {artifact_id} of {name}")

    def delete_cache(self, name: str, *, cache_id: int) -> None:
        """Delete one cache entry."""
        self.http.delete(self._path(name, f"actions/caches/{cache_id}"), doing=f"deleting cache {cache_id} of {name}")

    def artifact(self, name: str, *, artifact_id: int) -> bytes:
        """What the list says of one artifact."""
        path = self._path(name, f"actions/artifacts/{artifact_id}")
        return self.http.get(path, doing=f"looking at artifact {artifact_id} of {name}").content

    def _path(self, name: str, rest: str = "", **query: str | int) -> str:
        path = "/".join(part for part in (f"/repos/{quote(_checked(name))}", rest) if part)
        return self.http.path(f"{path}?{urlencode(query)}" if query else path)

    def _list(
        self,
        path: str,
        kind: type[payloads.ItemList],
        *,
        doing: str,
        validators: Mapping[str, Validator] | None = None,
    ) -> Iterator[ListPage]:
        for page_path, reply in self.http.pages(path, doing=doing, validators=validators or {}):
            items = kind(items=[]) if reply.is_unchanged else payloads.decode(reply.content, kind, doing=doing)
            yield ListPage(path=page_path, reply=reply, items=items.items, total_count=items.total_count)


def _checked(name: str) -> str:
    """A name that stays where it is put: nothing the service names leads to another endpoint."""
    if any(part in ("", ".", "..") for part in name.split("/")):
        raise Gone(f"{name!r} is not a path the service could know.")
    return name
