"""Writes what a live service answers as an archive, in the layout of ``archive_folder.py``.

Everything passes redaction before it is written: secrets, e-mail addresses and names of accounts do not reach the disk.
Logs and artifacts are packed anew, without the files in which nothing can be blacked out.
"""

import gzip
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Final, TypeVar

import msgspec

from pipeline_etl.errors import Expired, PipelineError, RateLimited, SettingsError, Unauthorized, UnexpectedPayload
from pipeline_etl.parsing.redaction import redact_bytes
from pipeline_etl.providers.github import archive_folder, normalize, payloads, privacy
from pipeline_etl.providers.github.client import GitHub
from pipeline_etl.providers.github.endpoints import Endpoints
from pipeline_etl.providers.github.repacking import repacked
from pipeline_etl.providers.provider import Repository

FILTERED_LIMIT: Final = 1_000
"""A filtered list of runs ends here without saying so."""

ENDED_BADLY: Final = frozenset({"failure", "cancelled", "timed_out"})
"""Conclusions of jobs whose annotations are read."""

Thing = TypeVar("Thing")
Got = TypeVar("Got")

OnRecorded = Callable[[str, int, int], None]
"""Told of the stage, what is done and what there is to do in all."""


@dataclass(kw_only=True)
class Recording:
    """What was recorded, by kind, and what could not be had."""

    folder: Path
    counts: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    _counting: Lock = field(default_factory=Lock, repr=False, compare=False)

    def count(self, kind: str, number: int = 1) -> None:
        """So many more of a kind."""
        with self._counting:
            self.counts[kind] += number

    def leave_out(self, kind: str) -> None:
        """One more of a kind that could not be had."""
        with self._counting:
            self.left_out[kind] += 1


def record(
    provider: GitHub,
    repository_name: str,
    root: Path,
    *,
    created_from: datetime,
    created_until: datetime,
    recorded_at: datetime,
    on_progress: OnRecorded = lambda _stage, _done, _total: None,
    concurrent_requests: int = 8,
) -> Recording:
    """Write the runs created in a closed window, and all that belongs to them, to ``root/github/<owner>/<name>``.

    The archive is there whole or not at all. What the service does not keep (logs, artifacts, workflow files) is left
    out and counted; a list that cannot be read ends the recording.

    Raises:
        SettingsError: there is an archive of this repository already.
        PipelineError: the service did not give what an archive cannot be without.
    """
    repository = provider.repository(repository_name)
    target = root / "github" / repository.repository_name
    if target.exists():
        raise SettingsError(f"There is an archive at {target} already: name another folder, or move it away.")
    draft = target.with_name(f".{target.name}.recording")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        recording = Recording(folder=target)
        _Recorder(
            endpoints=provider.endpoints,
            repository=repository,
            folder=draft,
            recording=recording,
            on_progress=on_progress,
            concurrent_requests=concurrent_requests,
        ).write(created_from, created_until, recorded_at)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return recording


@dataclass(frozen=True, kw_only=True)
class _Attempt:
    run: payloads.WorkflowRun
    line: str


@dataclass(frozen=True, kw_only=True)
class _Recorder:
    endpoints: Endpoints
    repository: Repository
    folder: Path
    recording: Recording
    on_progress: OnRecorded
    concurrent_requests: int

    @property
    def name(self) -> str:
        return self.repository.repository_name

    def write(self, created_from: datetime, created_until: datetime, recorded_at: datetime) -> None:
        described = privacy.kept_repository(self.endpoints.repository(self.name).content)
        (self.folder / archive_folder.REPOSITORY_FILE).write_text(described + "\n", encoding="utf-8")
        workflows = [item for page in self.endpoints.workflows(self.name) for item in page.items]
        self._write_lines(archive_folder.WORKFLOWS_FILE, map(privacy.kept_json, workflows))
        caches = [item for page in self.endpoints.caches(self.name) for item in page.items]
        self._write_lines(archive_folder.CACHES_FILE, map(privacy.kept_json, caches))

        attempts = list(self._attempts(created_from, created_until))
        self._write_lines(archive_folder.RUNS_FILE, (attempt.line for attempt in attempts))
        self._write_jobs(attempts)
        self._each("logs", attempts, self._log)
        files = {(normalize.workflow_path(attempt.run.path), attempt.run.head_sha) for attempt in attempts}
        self._each("workflow files", sorted(files), self._file)
        self._write_artifacts({attempt.run.id for attempt in attempts})

        note = _note(self.recording, created_from, created_until, recorded_at)
        manifest = archive_folder.Manifest(snapshot_at=f"{recorded_at:%Y-%m-%dT%H:%M:%SZ}", note=note)
        described = msgspec.json.format(msgspec.json.encode(manifest).decode(), indent=2)
        (self.folder / archive_folder.MANIFEST_FILE).write_text(described + "\n", encoding="utf-8")

    def _attempts(self, created_from: datetime, created_until: datetime) -> Iterator[_Attempt]:
        """Every attempt of every run, older attempts asked for one by one."""
        seen = set()
        for item in self._runs(created_from, created_until):
            latest = self._attempt(item)
            if latest.run.id in seen:
                continue
            seen.add(latest.run.id)
            for number in range(1, latest.run.run_attempt):
                content = self.endpoints.run_attempt(self.name, run_id=latest.run.id, run_attempt=number)
                yield self._attempt(msgspec.Raw(content))
            yield latest
            self.on_progress("runs", len(seen), len(seen))

    def _attempt(self, item: msgspec.Raw) -> _Attempt:
        run = payloads.decode(item, payloads.WorkflowRun, doing=f"listing the runs of {self.name}")
        return _Attempt(run=run, line=privacy.kept_run(item, repository_id=self.repository.repository_id))

    def _runs(self, created_from: datetime, created_until: datetime) -> Iterator[msgspec.Raw]:
        """Runs of a window, in halves where the service may not show all of it."""
        pages = list(
            self.endpoints.runs(self.name, created_from=created_from, created_until=created_until, validators={})
        )
        items = [item for page in pages for item in page.items]
        if max([len(items), *(page.total_count or 0 for page in pages)]) < FILTERED_LIMIT:
            yield from items
            return
        seconds = int((created_until - created_from).total_seconds())
        if seconds < 1:
            raise UnexpectedPayload(f"{self.name} has more runs created at {created_from} than the service lists.")
        middle = created_from + timedelta(seconds=seconds // 2)
        yield from self._runs(middle + timedelta(seconds=1), created_until)
        yield from self._runs(created_from, middle)

    def _write_jobs(self, attempts: Sequence[_Attempt]) -> None:
        jobs: list[msgspec.Raw] = []

        def list_jobs(attempt: _Attempt) -> list[msgspec.Raw]:
            return self.endpoints.jobs(self.name, run_id=attempt.run.id, run_attempt=attempt.run.run_attempt)

        for attempt, listed in zip(attempts, self._at_once("jobs", attempts, list_jobs), strict=True):
            # A job carried over into a partial re-run may name the attempt it ran in; the archive is looked up by the
            # attempt that lists it.
            jobs.extend(_of_attempt(job, attempt.run.run_attempt) for job in listed)
        self._write_lines(archive_folder.JOBS_FILE, map(privacy.kept_json, jobs))
        decoded = (payloads.decode(job, payloads.Job, doing=f"recording the jobs of {self.name}") for job in jobs)
        ended_badly = [job.id for job in decoded if job.conclusion in ENDED_BADLY]
        found = [line for line in self._at_once("annotations", ended_badly, self._annotations) if line is not None]
        self._write_lines(archive_folder.ANNOTATIONS_FILE, found)

    def _annotations(self, job_id: int) -> str | None:
        with self._leaving_out("annotations"):
            if annotations := self.endpoints.annotations(self.name, job_id=job_id):
                return f'{{"job_id":{job_id},"annotations":{privacy.kept_list(annotations)}}}'
        return None

    def _log(self, attempt: _Attempt) -> None:
        run_id, number = attempt.run.id, attempt.run.run_attempt
        with self._leaving_out("log archives"):
            content = repacked(self.endpoints.log_archive(self.name, run_id=run_id, run_attempt=number))
            self._write_bytes(f"logs/{run_id}-{number}.zip", content)
            self.recording.count("log archives")

    def _file(self, path_and_sha: tuple[str, str]) -> None:
        path, sha = path_and_sha
        with self._leaving_out("workflow files"):
            content, _ = redact_bytes(self.endpoints.file(self.name, file_path=path, sha=sha))
            self._write_bytes(f"contents/{sha}/{path}", content)
            self.recording.count("workflow files")

    def _write_artifacts(self, run_ids: Collection[int]) -> None:
        doing = f"listing the artifacts of {self.name}"
        artifacts: dict[int, tuple[payloads.Artifact, msgspec.Raw]] = {}
        for page in self.endpoints.artifacts(self.name, validators={}):
            for item in page.items:
                artifact = payloads.decode(item, payloads.Artifact, doing=doing)
                if artifact.workflow_run is not None and artifact.workflow_run.id in run_ids:
                    artifacts[artifact.id] = artifact, item
        expired: set[int] = set()

        def download(artifact_id: int) -> None:
            with self._leaving_out("artifact archives"):
                try:
                    content = repacked(self.endpoints.artifact_archive(self.name, artifact_id=artifact_id))
                except Expired:
                    expired.add(artifact_id)
                    raise
                self._write_bytes(f"artifact_zips/{artifact_id}.zip", content)
                self.recording.count("artifact archives")

        self._each("artifacts", [key for key, (artifact, _) in artifacts.items() if not artifact.expired], download)
        lines = (privacy.kept_json(_marked(item, expired=key in expired)) for key, (_, item) in artifacts.items())
        self._write_lines(archive_folder.ARTIFACTS_FILE, lines)

    @contextmanager
    def _leaving_out(self, kind: str) -> Iterator[None]:
        """One thing of many: without it the archive is still an archive."""
        try:
            yield
        except (RateLimited, Unauthorized):
            raise
        except PipelineError:
            self.recording.leave_out(kind)

    def _each(self, stage: str, things: Sequence[Thing], write: Callable[[Thing], None]) -> None:
        for _ in self._at_once(stage, things, write):
            pass

    def _at_once(self, stage: str, things: Sequence[Thing], read: Callable[[Thing], Got]) -> Iterator[Got]:
        """What is read of each thing, several at a time, in their order."""
        with ThreadPoolExecutor(self.concurrent_requests) as pool:
            try:
                for number, got in enumerate(pool.map(read, things), 1):
                    self.on_progress(stage, number, len(things))
                    yield got
            except PipelineError:
                pool.shutdown(cancel_futures=True)
                raise

    def _write_lines(self, name: str, lines: Iterable[str]) -> None:
        written = [line.encode() for line in lines]
        self.recording.count(name.partition(".")[0], len(written))
        if written or name != archive_folder.ANNOTATIONS_FILE:
            content = b"".join(line + b"\n" for line in written)
            self._write_bytes(name, gzip.compress(content, mtime=0) if name.endswith(".gz") else content)

    def _write_bytes(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _of_attempt(job: msgspec.Raw, run_attempt: int) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode({**msgspec.json.decode(job), "run_attempt": run_attempt}))


def _marked(artifact: msgspec.Raw, *, expired: bool) -> bytes:
    """An artifact as its download proved it to be: a list may not know yet that the content is gone."""
    return msgspec.json.encode({**msgspec.json.decode(artifact), "expired": True}) if expired else bytes(artifact)


def _note(recording: Recording, created_from: datetime, created_until: datetime, recorded_at: datetime) -> str:
    left_out = ", ".join(f"{number:,} {kind}" for kind, number in sorted(recording.left_out.items())) or "nothing"
    return (
        f"**Recorded.** What the service answered on {recorded_at:%Y-%m-%d} of the runs created from "
        f"{created_from:%Y-%m-%d} to {created_until:%Y-%m-%d}. Real: all of it. Changed: secrets and e-mail addresses "
        "are blacked out, accounts are numbers, files of artifacts that are not text are left out. "
        f"Not kept by the service or not to be had: {left_out}."
    )
