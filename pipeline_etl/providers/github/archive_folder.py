"""The recorded archive of one repository: a folder of the service's answers, read when they are asked for.

::

    github/<owner>/<name>/
      archive.json                 what the archive says of itself: Manifest
      repository.json  workflows.jsonl
      runs.jsonl.gz  jobs.jsonl.gz  artifacts.jsonl.gz  caches.jsonl.gz       one JSON object per line
      annotations.jsonl.gz         one {"job_id": …, "annotations": […]} per line
      contents/<sha>/<path>  contents/<path>                                  workflow files
      logs/<run>-<attempt>.zip  artifact_zips/<id>.zip

``contents/<path>`` is the file at every commit that has none of its own. What is not there was not recorded. Lines are
kept and served as the bytes they are; only what they are looked up by is decoded.
"""

import gzip
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from pipeline_etl.errors import UnexpectedPayload

REPOSITORY_FILE: Final = "repository.json"
MANIFEST_FILE: Final = "archive.json"
WORKFLOWS_FILE: Final = "workflows.jsonl"
RUNS_FILE: Final = "runs.jsonl.gz"
JOBS_FILE: Final = "jobs.jsonl.gz"
ARTIFACTS_FILE: Final = "artifacts.jsonl.gz"
CACHES_FILE: Final = "caches.jsonl.gz"
ANNOTATIONS_FILE: Final = "annotations.jsonl.gz"

Read = TypeVar("Read")


class Manifest(msgspec.Struct, frozen=True, omit_defaults=True):
    """``archive.json``."""

    snapshot_at: str
    """Moment up to which the repository is known, ISO 8601."""
    note: str
    """What is real and what is reconstructed, as Markdown."""
    not_served: dict[str, str] = {}
    """Files of the archive that are no evidence, and why: the answer to them is 404."""


class RecordedRun(msgspec.Struct, frozen=True):
    """What an attempt is looked up by, and its line."""

    id: int
    run_attempt: int
    created_at: str
    line: bytes = b""


class JobAnnotations(msgspec.Struct, frozen=True):
    """A line of annotations.jsonl.gz."""

    job_id: int
    annotations: list[msgspec.Raw]


class _Numbered(msgspec.Struct):
    id: int


class _Run(msgspec.Struct):
    id: int | None = None


class RecordedArtifact(msgspec.Struct, frozen=True):
    """What an artifact is looked up by, and its line."""

    id: int
    expired: bool
    name: str
    workflow_run: _Run | None = None
    line: bytes = b""


class _Job(msgspec.Struct):
    run_id: int
    run_attempt: int


class ArchiveFolder:
    """What is recorded of one repository. Safe to share by threads.

    Raises:
        UnexpectedPayload: by everything that reads, when a file is not what an archive holds under its name.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._reading = threading.RLock()
        self._read: dict[str, Any] = {}

    @property
    def manifest(self) -> Manifest:
        """What the archive says of itself."""
        return self._once("manifest", lambda: self._decoded(self._file(MANIFEST_FILE), Manifest, MANIFEST_FILE))

    @property
    def repository(self) -> bytes:
        """The repository's JSON."""
        return self._once("repository", lambda: self._file(REPOSITORY_FILE).strip())

    @property
    def repository_id(self) -> int:
        """The repository's number, by which its pages are linked."""
        return self._once("repository_id", lambda: self._decoded(self.repository, _Numbered, REPOSITORY_FILE).id)

    @property
    def attempts(self) -> Mapping[tuple[int, int], RecordedRun]:
        """Every attempt of every run, by run and attempt."""

        def read() -> dict[tuple[int, int], RecordedRun]:
            runs = self._records(RUNS_FILE, RecordedRun)
            return {(run.id, run.run_attempt): msgspec.structs.replace(run, line=line) for run, line in runs}

        return self._once("attempts", read)

    @property
    def runs(self) -> Sequence[RecordedRun]:
        """The latest attempt of every run, newest run first."""

        def read() -> list[RecordedRun]:
            in_order = sorted(self.attempts.values(), key=lambda run: run.run_attempt)
            latest = {run.id: run for run in in_order}
            return sorted(latest.values(), key=lambda run: (run.created_at, run.id), reverse=True)

        return self._once("runs", read)

    @property
    def jobs(self) -> Mapping[tuple[int, int], Sequence[bytes]]:
        """Lines of jobs, by run and attempt."""

        def read() -> dict[tuple[int, int], list[bytes]]:
            found: dict[tuple[int, int], list[bytes]] = {}
            for job, line in self._records(JOBS_FILE, _Job):
                found.setdefault((job.run_id, job.run_attempt), []).append(line)
            return found

        return self._once("jobs", read)

    @property
    def artifacts(self) -> Mapping[int, RecordedArtifact]:
        """Artifacts by id, newest first."""

        def read() -> dict[int, RecordedArtifact]:
            records = sorted(self._records(ARTIFACTS_FILE, RecordedArtifact), key=lambda record: -record[0].id)
            return {artifact.id: msgspec.structs.replace(artifact, line=line) for artifact, line in records}

        return self._once("artifacts", read)

    @property
    def caches(self) -> Sequence[bytes]:
        """Lines of cache entries."""
        return self._once("caches", lambda: list(self._lines(CACHES_FILE)))

    @property
    def workflows(self) -> Sequence[bytes]:
        """Lines of workflows."""
        return self._once("workflows", lambda: list(self._lines(WORKFLOWS_FILE)))

    @property
    def annotations(self) -> Mapping[int, Sequence[bytes]]:
        """JSON of annotations, by job."""

        def read() -> dict[int, list[bytes]]:
            records = self._records(ANNOTATIONS_FILE, JobAnnotations)
            return {job.job_id: [bytes(annotation) for annotation in job.annotations] for job, _ in records}

        return self._once("annotations", read)

    def content(self, path: str, *, ref: str) -> bytes | str:
        """A file of the repository at a commit, or in words why there is none."""
        if any(part in ("", ".", "..") for part in (*path.split("/"), *(ref.split("/") if ref else ()))):
            return "Not Found"
        for name in (f"contents/{ref}/{path}", f"contents/{path}"):
            if name in self.manifest.not_served:
                return self.manifest.not_served[name]
            if (self.folder / name).is_file():
                return (self.folder / name).read_bytes()
        return "Not Found"

    def stored(self, folder: str, name: str) -> bytes | None:
        """A zip of the archive; None when it was not recorded."""
        path = self.folder / folder / name
        return path.read_bytes() if path.is_file() else None

    def _once(self, name: str, read: Callable[[], Read]) -> Read:
        """Read by the first thread that asks, while the others wait for it."""
        with self._reading:
            if name not in self._read:
                self._read[name] = read()
            found: Read = self._read[name]
            return found

    def _records(self, name: str, kind: type[Read]) -> Iterator[tuple[Read, bytes]]:
        return ((self._decoded(line, kind, name), line) for line in self._lines(name))

    def _lines(self, name: str) -> Iterator[bytes]:
        """Lines of a file that may be missing."""
        path = self.folder / name
        if not path.is_file():
            return
        try:
            # Cut at \n alone: splitlines() would also cut at a \r, which a line of JSON may be padded with.
            with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
                yield from (line.strip() for line in file if not line.isspace())
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise UnexpectedPayload(f"{name} of the archive {self.folder.name!r}: {error}.") from error

    def _file(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError as error:
            raise UnexpectedPayload(f"The archive {self.folder.name!r} has no {name}.") from error

    def _decoded(self, content: bytes, kind: type[Read], name: str) -> Read:
        try:
            return msgspec.json.decode(content, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise UnexpectedPayload(f"{name} of the archive {self.folder.name!r}: {error}.") from error
