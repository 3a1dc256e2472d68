"""The same answers from an archive on disk: an httpx transport that the real client speaks to.

Pages, links, entity tags, redirects to another host and refusals are those of the service, so that what runs on an
archive is what runs on a live service. Files and their layout: ``archive_folder.py``.
"""

import re
from base64 import encodebytes
from collections.abc import Callable, Sequence
from hashlib import blake2b
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx

from pipeline_etl.providers.github.archive_folder import REPOSITORY_FILE, ArchiveFolder
from pipeline_etl.providers.github.endpoints import API_URL, PAGE_SIZE
from pipeline_etl.providers.github.rereading import NOTE_HEADER, SNAPSHOT_HEADER

STORAGE_URL: Final = "https://recorded-storage.invalid"
"""Where logs and artifacts lie: another host, to which the token must not be sent, as with the service."""

FILTERED_LIMIT: Final = 1_000
"""A filtered list of runs ends here without saying so, while its count goes on (github_api.md, section 2)."""

DEFAULT_PAGE_SIZE: Final = 30

COMPARISONS: Final = re.compile(r"(>=|<=|>|<)(.+)")


class RecordedArchive(httpx.BaseTransport):
    """Answers requests to GitHub's API from the archives below a folder. Safe to share by threads.

    Args:
        root: the folder that holds ``github/<owner>/<name>/``.
    """

    def __init__(self, root: Path) -> None:
        folders = [ArchiveFolder(file.parent) for file in sorted((root / "github").glob(f"*/*/{REPOSITORY_FILE}"))]
        # Names are compared without regard to case, as the service does.
        self._by_name = {f"{each.folder.parent.name}/{each.folder.name}".lower(): each for each in folders}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer the service would give; what is recorded is read and never changed."""
        if request.method != "GET":
            return refusal(HTTPStatus.METHOD_NOT_ALLOWED)
        if str(request.url).startswith(STORAGE_URL):
            return self._stored(request)
        folder, rest = self._folder(request.url.path)
        if folder is not None:
            for pattern, answer in ROUTES:
                if found := pattern.fullmatch(rest):
                    return answer(folder, request, *found.groups())
        return refusal(HTTPStatus.NOT_FOUND)

    def _folder(self, path: str) -> tuple[ArchiveFolder | None, str]:
        """The archive an address speaks of, by name or by number, and what of it is asked."""
        if match := re.fullmatch(r"/repos/([^/]+/[^/]+)(?:/(.*))?", path):
            return self._by_name.get(match[1].lower()), match[2] or ""
        if match := re.fullmatch(r"/repositories/(\d{1,18})(?:/(.*))?", path):
            found = (each for each in self._by_name.values() if each.repository_id == int(match[1]))
            return next(found, None), match[2] or ""
        return None, ""

    def _stored(self, request: httpx.Request) -> httpx.Response:
        """Logs and artifacts, from a host that refuses a token as the service's storage does."""
        if "authorization" in request.headers:
            return refusal(HTTPStatus.FORBIDDEN, "AuthenticationFailed")
        match = re.fullmatch(r"/([^/]+/[^/]+)/(logs|artifact_zips)/([\d-]+\.zip)", request.url.path)
        folder = self._by_name.get(match[1].lower()) if match else None
        content = folder.stored(match[2], match[3]) if match and folder else None
        return refusal(HTTPStatus.NOT_FOUND) if content is None else httpx.Response(HTTPStatus.OK, content=content)


def refusal(status: HTTPStatus, message: str | None = None) -> httpx.Response:
    """An error as the service words it."""
    return httpx.Response(status, json={"message": message or status.phrase, "status": str(int(status))})


def _repository(folder: ArchiveFolder, _request: httpx.Request) -> httpx.Response:
    manifest = folder.manifest
    headers = {SNAPSHOT_HEADER: manifest.snapshot_at, NOTE_HEADER: quote(manifest.note)}
    return httpx.Response(HTTPStatus.OK, content=folder.repository, headers=headers)


def _workflows(folder: ArchiveFolder, request: httpx.Request) -> httpx.Response:
    return _page(folder, request, "workflows", folder.workflows)


def _runs(folder: ArchiveFolder, request: httpx.Request) -> httpx.Response:
    created = request.url.params.get("created")
    if created is None:
        return _page(folder, request, "workflow_runs", [run.line for run in folder.runs])
    low, high = window(created)
    lines = [run.line for run in folder.runs if low <= run.created_at <= high]
    return _page(folder, request, "workflow_runs", lines, limit=FILTERED_LIMIT)


def _attempt(folder: ArchiveFolder, _request: httpx.Request, run_id: str, attempt: str) -> httpx.Response:
    run = folder.attempts.get((int(run_id), int(attempt)))
    return refusal(HTTPStatus.NOT_FOUND) if run is None else httpx.Response(HTTPStatus.OK, content=run.line)


def _jobs(folder: ArchiveFolder, request: httpx.Request, run_id: str, attempt: str) -> httpx.Response:
    key = (int(run_id), int(attempt))
    if key not in folder.attempts:
        return refusal(HTTPStatus.NOT_FOUND)
    return _page(folder, request, "jobs", folder.jobs.get(key, []))


def _logs(folder: ArchiveFolder, _request: httpx.Request, run_id: str, attempt: str) -> httpx.Response:
    return _redirect(folder, f"logs/{run_id}-{attempt}.zip")


def _artifacts(folder: ArchiveFolder, request: httpx.Request, run_id: str | None = None) -> httpx.Response:
    name = request.url.params.get("name")
    lines = [
        artifact.line
        for artifact in folder.artifacts.values()
        if (name is None or artifact.name == name)
        and (run_id is None or (artifact.workflow_run is not None and artifact.workflow_run.id == int(run_id)))
    ]
    return _page(folder, request, "artifacts", lines)


def _artifact_zip(folder: ArchiveFolder, _request: httpx.Request, artifact_id: str) -> httpx.Response:
    artifact = folder.artifacts.get(int(artifact_id))
    if artifact is not None and artifact.expired:
        return refusal(HTTPStatus.GONE, "Artifact has expired")
    return _redirect(folder, f"artifact_zips/{artifact_id}.zip")


def _caches(folder: ArchiveFolder, request: httpx.Request) -> httpx.Response:
    return _page(folder, request, "actions_caches", folder.caches)


def _annotations(folder: ArchiveFolder, request: httpx.Request, job_id: str) -> httpx.Response:
    return _page(folder, request, None, folder.annotations.get(int(job_id), []))


def _contents(folder: ArchiveFolder, request: httpx.Request, path: str) -> httpx.Response:
    content = folder.content(path, ref=request.url.params.get("ref", ""))
    if isinstance(content, str):
        return refusal(HTTPStatus.NOT_FOUND, content)
    if "raw" in request.headers.get("accept", ""):
        return httpx.Response(HTTPStatus.OK, content=content)
    described = {"type": "file", "path": path, "encoding": "base64", "content": encodebytes(content).decode()}
    return httpx.Response(HTTPStatus.OK, json=described)


ROUTES: Final[tuple[tuple[re.Pattern[str], Callable[..., httpx.Response]], ...]] = tuple(
    (re.compile(pattern), answer)
    for pattern, answer in (
        (r"", _repository),
        (r"actions/workflows", _workflows),
        (r"actions/runs", _runs),
        (r"actions/runs/(\d{1,18})/attempts/(\d{1,9})", _attempt),
        (r"actions/runs/(\d{1,18})/attempts/(\d{1,9})/jobs", _jobs),
        (r"actions/runs/(\d{1,18})/attempts/(\d{1,9})/logs", _logs),
        (r"actions/runs/(\d{1,18})/artifacts", _artifacts),
        (r"actions/artifacts", _artifacts),
        (r"actions/artifacts/(\d{1,18})/zip", _artifact_zip),
        (r"actions/caches", _caches),
        (r"check-runs/(\d{1,18})/annotations", _annotations),
        (r"contents/(.+)", _contents),
    )
)


def window(created: str) -> tuple[str, str]:
    """The first and the last creation time that a ``created`` filter lets through, as the service writes times.

    Understood: ``A..B`` with ``*`` for no end, ``>=A``, ``>A``, ``<=B``, ``<B``, ``A``; with days or UTC seconds. All
    times of an archive have one form, so that their order is that of their text.
    """
    if ".." in created:
        low, _, high = created.partition("..")
        return ("" if low == "*" else _first(low)), ("~" if high == "*" else _last(high))
    if match := COMPARISONS.fullmatch(created):
        sign, moment = match.groups()
        return {
            ">=": (_first(moment), "~"),
            ">": (_last(moment) + "~", "~"),
            "<=": ("", _last(moment)),
            "<": ("", _before(_first(moment))),
        }[sign]
    return _first(created), _last(created)


def _first(moment: str) -> str:
    return moment if "T" in moment else f"{moment}T00:00:00Z"


def _last(moment: str) -> str:
    return moment if "T" in moment else f"{moment}T23:59:59Z"


def _before(moment: str) -> str:
    """A text that is after every earlier moment and before this one."""
    return moment.removesuffix("Z")


def _redirect(folder: ArchiveFolder, path: str) -> httpx.Response:
    if not (folder.folder / path).is_file():
        return refusal(HTTPStatus.NOT_FOUND)
    location = f"{STORAGE_URL}/{quote(folder.folder.parent.name)}/{quote(folder.folder.name)}/{path}?sig=recorded"
    return httpx.Response(HTTPStatus.FOUND, headers={"location": location})


def _page(
    folder: ArchiveFolder, request: httpx.Request, key: str | None, lines: Sequence[bytes], *, limit: int | None = None
) -> httpx.Response:
    """A page of a list, with links to its neighbours and an entity tag; 304 when the asker has it already.

    Args:
        folder: the archive it is of.
        request: with ``page`` and ``per_page``.
        key: under which the list holds its entries; None for a bare list.
        lines: all entries, as JSON.
        limit: entries after which the list ends, whatever it counts.
    """
    size = max(1, min(_number(request, "per_page", DEFAULT_PAGE_SIZE), PAGE_SIZE))
    number = max(1, _number(request, "page", 1))
    shown = lines[:limit]
    body = b"[" + b",".join(shown[(number - 1) * size : number * size]) + b"]"
    content = body if key is None else b'{"total_count":%d,"%s":%s}' % (len(lines), key.encode(), body)
    etag = f'W/"{blake2b(content, digest_size=16).hexdigest()}"'
    headers = {"etag": etag}
    if request.headers.get("if-none-match") == etag:
        return httpx.Response(HTTPStatus.NOT_MODIFIED, headers=headers)
    last = -(-len(shown) // size)
    if number < last:
        # As the service does: by the repository's number, whatever name was asked by.
        rest = re.sub(r"^/repos/[^/]+/[^/]+|^/repositories/\d+", "", request.url.path)
        query = request.url.params
        address = f"{API_URL}/repositories/{folder.repository_id}{quote(rest)}"
        links = (
            f'<{address}?{query.set("page", page)}>; rel="{name}"'
            for name, page in (("next", number + 1), ("last", last))
        )
        headers["link"] = ", ".join(links)
    return httpx.Response(HTTPStatus.OK, content=content, headers=headers)


def _number(request: httpx.Request, name: str, default: int) -> int:
    text = request.url.params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else default
