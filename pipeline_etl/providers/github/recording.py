"""The same answers from an archive on disk: an httpx transport that the real client speaks to.

Paging, entity tags, redirects and refusals are those of the service, so that what works here works there::

    github/<owner>/<name>/
      archive.json                snapshot_at, note, not_served
      repository.json  workflows.jsonl
      runs.jsonl.gz  jobs.jsonl.gz  artifacts.jsonl.gz  caches.jsonl.gz      one JSON object per line
      annotations.jsonl.gz        one {"job_id": …, "annotations": […]} per line
      contents/<path>  contents/<sha>/<path>                                 workflow files
      logs/<run>-<attempt>.zip  artifact_zips/<id>.zip
"""

import gzip
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

import httpx
import msgspec

from pipeline_etl.providers.github.client import NOTE_HEADER, SNAPSHOT_HEADER
from pipeline_etl.providers.github.endpoints import API_URL, PAGE_SIZE

STORAGE_URL: Final = "https://recorded-storage.invalid"
"""Where logs and artifacts lie: another host, to which the token must not be sent, as with the service."""


class Manifest(msgspec.Struct, frozen=True):
    """``archive.json``: what the archive says of itself."""

    snapshot_at: str
    """Moment up to which the repository is known, ISO 8601."""
    note: str
    """What is real and what is reconstructed, as Markdown."""
    not_served: dict[str, str] = {}
    """Files of the archive that are no evidence, and why: the answer to them is 404."""


class Line(msgspec.Struct, frozen=True, gc=False):
    """What is looked up in a recorded line; the line itself is served as it is."""

    id: int = 0
    run_id: int = 0
    run_attempt: int = 0
    job_id: int = 0
    created_at: str = ""
    expired: bool = False
    workflow_run: dict[str, Any] | None = None


@dataclass(frozen=True)
class Recorded:
    """A line of the archive and what it is looked up by."""

    line: Line
    content: bytes


class RecordedRepository:
    """The archive of one repository, read when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def manifest(self) -> Manifest:
        """What the archive says of itself."""
        return msgspec.json.decode((self.folder / "archive.json").read_bytes(), type=Manifest)

    @cached_property
    def description(self) -> bytes:
        """The repository's JSON."""
        return (self.folder / "repository.json").read_bytes()

    @cached_property
    def attempts(self) -> dict[tuple[int, int], Recorded]:
        """Every attempt of every run, by run and attempt."""
        return {(row.line.id, row.line.run_attempt): row for row in self._rows("runs.jsonl.gz")}

    @cached_property
    def runs(self) -> list[Recorded]:
        """The latest attempt of every run, newest run first."""
        latest: dict[int, Recorded] = {}
        for (run_id, attempt), row in self.attempts.items():
            if run_id not in latest or attempt > latest[run_id].line.run_attempt:
                latest[run_id] = row
        return sorted(latest.values(), key=lambda row: (row.line.created_at, row.line.id), reverse=True)

    @cached_property
    def jobs(self) -> dict[tuple[int, int], list[Recorded]]:
        """Jobs by run and attempt."""
        found: dict[tuple[int, int], list[Recorded]] = {}
        for row in self._rows("jobs.jsonl.gz"):
            found.setdefault((row.line.run_id, row.line.run_attempt), []).append(row)
        return found

    @cached_property
    def artifacts(self) -> list[Recorded]:
        """Artifacts, newest first."""
        return sorted(self._rows("artifacts.jsonl.gz"), key=lambda row: row.line.id, reverse=True)

    @cached_property
    def caches(self) -> list[Recorded]:
        """Caches."""
        return self._rows("caches.jsonl.gz")

    @cached_property
    def workflows(self) -> list[Recorded]:
        """Workflows."""
        return self._rows("workflows.jsonl")

    @cached_property
    def annotations(self) -> dict[int, bytes]:
        """The JSON list of annotations, by job."""
        return {
            row.line.job_id: json.dumps(json.loads(row.content)["annotations"]).encode()
            for row in self._rows("annotations.jsonl.gz")
        }

    def content(self, path: str, ref: str) -> Path | None:
        """A file of the repository at a commit; the one without a commit serves for all that have none of their own."""
        root = (self.folder / "contents").resolve()
        for candidate in (root / ref / path, root / path):
            inside = candidate.resolve()
            if inside.is_relative_to(root) and inside.is_file():
                served = f"contents/{inside.relative_to(root).as_posix()}"
                return None if served in self.manifest.not_served else inside
        return None

    def _rows(self, name: str) -> list[Recorded]:
        path = self.folder / name
        if not path.exists():
            return []
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        decoder = msgspec.json.Decoder(Line)
        return [Recorded(decoder.decode(line), line) for line in content.splitlines() if line.strip()]


class RecordedArchive(httpx.BaseTransport):
    """Answers requests to GitHub's API from the archives below a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root / "github"
        self._repository = lru_cache(maxsize=None)(RecordedRepository)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer the service would give."""
        if str(request.url).startswith(STORAGE_URL):
            return self._stored(request)
        path = unquote(request.url.raw_path.partition(b"?")[0].decode())
        match = re.fullmatch(r"/repos/([^/]+)/([^/]+)(?:/(.*))?", path)
        folder = match and self._folder(match[1], match[2])
        if not match or not folder:
            return refusal(HTTPStatus.NOT_FOUND, "Not Found")
        repository = self._repository(folder)
        rest = match[3] or ""
        for pattern, answer in _ROUTES:
            if found := re.fullmatch(pattern, rest):
                return answer(repository, request, *found.groups())
        return refusal(HTTPStatus.NOT_FOUND, "Not Found")

    def _folder(self, owner: str, name: str) -> Path | None:
        """Names are compared without regard to case, as the service does; none leaves the archive."""
        wanted = (owner.lower(), name.lower())
        for folder in self._root.glob("*/*/"):
            if (folder.parent.name.lower(), folder.name.lower()) == wanted:
                return folder
        return None

    def _stored(self, request: httpx.Request) -> httpx.Response:
        """Logs and artifacts, from the host that refuses a token as the service's storage does."""
        if "authorization" in request.headers:
            return refusal(HTTPStatus.FORBIDDEN, "AuthenticationFailed")
        owner, name, folder, file = request.url.path.strip("/").split("/")
        repository = self._folder(owner, name)
        path = repository / folder / file if repository else None
        if path is None or folder not in ("logs", "artifact_zips") or not path.is_file():
            return refusal(HTTPStatus.NOT_FOUND, "Not Found")
        return httpx.Response(HTTPStatus.OK, content=path.read_bytes())


def refusal(status: HTTPStatus, message: str) -> httpx.Response:
    """An error as the service words it."""
    return httpx.Response(status, json={"message": message})


def _describe(repository: RecordedRepository, _request: httpx.Request) -> httpx.Response:
    manifest = repository.manifest
    headers = {SNAPSHOT_HEADER: manifest.snapshot_at, NOTE_HEADER: quote(manifest.note)}
    return httpx.Response(HTTPStatus.OK, content=repository.description, headers=headers)


def _workflows(repository: RecordedRepository, request: httpx.Request) -> httpx.Response:
    return _page(request, "workflows", repository.workflows)


def _runs(repository: RecordedRepository, request: httpx.Request) -> httpx.Response:
    rows: Sequence[Recorded] = repository.runs
    if created := request.url.params.get("created"):
        low, _, high = created.partition("..")
        rows = [row for row in rows if low <= row.line.created_at <= high]
    return _page(request, "workflow_runs", rows)


def _attempt(repository: RecordedRepository, _request: httpx.Request, run: str, attempt: str) -> httpx.Response:
    row = repository.attempts.get((int(run), int(attempt)))
    return httpx.Response(HTTPStatus.OK, content=row.content) if row else refusal(HTTPStatus.NOT_FOUND, "Not Found")


def _run(repository: RecordedRepository, _request: httpx.Request, run: str) -> httpx.Response:
    for row in repository.runs:
        if row.line.id == int(run):
            return httpx.Response(HTTPStatus.OK, content=row.content)
    return refusal(HTTPStatus.NOT_FOUND, "Not Found")


def _jobs(repository: RecordedRepository, request: httpx.Request, run: str, attempt: str) -> httpx.Response:
    return _page(request, "jobs", repository.jobs.get((int(run), int(attempt)), []))


def _logs(repository: RecordedRepository, _request: httpx.Request, run: str, attempt: str) -> httpx.Response:
    return _redirect(repository, f"logs/{run}-{attempt}.zip")


def _artifacts(repository: RecordedRepository, request: httpx.Request) -> httpx.Response:
    return _page(request, "artifacts", repository.artifacts)


def _artifact_zip(repository: RecordedRepository, _request: httpx.Request, artifact: str) -> httpx.Response:
    for row in repository.artifacts:
        if row.line.id == int(artifact) and row.line.expired:
            return refusal(HTTPStatus.GONE, "Artifact has expired")
    return _redirect(repository, f"artifact_zips/{artifact}.zip")


def _caches(repository: RecordedRepository, request: httpx.Request) -> httpx.Response:
    return _page(request, "actions_caches", repository.caches)


def _annotations(repository: RecordedRepository, _request: httpx.Request, job: str) -> httpx.Response:
    return httpx.Response(HTTPStatus.OK, content=repository.annotations.get(int(job), b"[]"))


def _contents(repository: RecordedRepository, request: httpx.Request, path: str) -> httpx.Response:
    file = repository.content(path, request.url.params.get("ref", ""))
    if file is None:
        return refusal(HTTPStatus.NOT_FOUND, repository.manifest.not_served.get(f"contents/{path}", "Not Found"))
    return httpx.Response(HTTPStatus.OK, content=file.read_bytes())


_ROUTES: Final[tuple[tuple[str, Callable[..., httpx.Response]], ...]] = (
    ("", _describe),
    (r"actions/workflows", _workflows),
    (r"actions/runs", _runs),
    (r"actions/runs/(\d+)", _run),
    (r"actions/runs/(\d+)/attempts/(\d+)", _attempt),
    (r"actions/runs/(\d+)/attempts/(\d+)/jobs", _jobs),
    (r"actions/runs/(\d+)/attempts/(\d+)/logs", _logs),
    (r"actions/artifacts", _artifacts),
    (r"actions/artifacts/(\d+)/zip", _artifact_zip),
    (r"actions/caches", _caches),
    (r"check-runs/(\d+)/annotations", _annotations),
    (r"contents/(.+)", _contents),
)


def _redirect(repository: RecordedRepository, path: str) -> httpx.Response:
    folder = repository.folder
    if not (folder / path).is_file():
        return refusal(HTTPStatus.NOT_FOUND, "Not Found")
    location = f"{STORAGE_URL}/{folder.parent.name}/{folder.name}/{path}"
    return httpx.Response(HTTPStatus.FOUND, headers={"location": location})


def _page(request: httpx.Request, key: str, rows: Iterable[Recorded]) -> httpx.Response:
    """A page of a list, with links to its neighbours and an entity tag; 304 when the asker has it already."""
    every = list(rows)
    parameters = request.url.params
    size = min(int(parameters.get("per_page", "30")), PAGE_SIZE)
    number = int(parameters.get("page", "1"))
    shown = every[(number - 1) * size : number * size]
    body = b",".join(row.content for row in shown)
    content = b'{"total_count":%d,"%s":[%s]}' % (len(every), key.encode(), body)
    etag = f'W/"{blake2b(content, digest_size=16).hexdigest()}"'
    if request.headers.get("if-none-match") == etag:
        return httpx.Response(HTTPStatus.NOT_MODIFIED, headers={"etag": etag})
    headers = {"etag": etag}
    if number * size < len(every):
        following = request.url.copy_set_param("page", str(number + 1))
        headers["link"] = f'<{API_URL}{following.raw_path.decode()}>; rel="next"'
    return httpx.Response(HTTPStatus.OK, content=content, headers=headers)
