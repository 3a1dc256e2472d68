"""The story of a repository in words; the server tells it in the service's dialect.

What the service says beyond the story is taken from its own published examples (tests/contract/github).
"""

import copy
import hashlib
import itertools
import json
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

EXAMPLES = json.loads((Path(__file__).parents[1] / "contract/github/examples.json").read_text(encoding="utf-8"))
ACTIONS = "GET /repos/{owner}/{repo}/actions"


def _example(endpoint: str, key: str) -> dict[str, Any]:
    return next(iter(EXAMPLES[endpoint].values()))[key][0]


RUN = _example(f"{ACTIONS}/runs", "workflow_runs")
JOB = _example(f"{ACTIONS}/runs/{{run_id}}/attempts/{{attempt_number}}/jobs", "jobs")
ARTIFACT = _example(f"{ACTIONS}/artifacts", "artifacts")
CACHE = _example(f"{ACTIONS}/caches", "actions_caches")
WORKFLOW = _example(f"{ACTIONS}/workflows", "workflows")
ANNOTATION = next(iter(EXAMPLES["GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations"].values()))[0]

WORKFLOW_FILE = b"""on: push
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 1
    steps:
      - run: make
"""

TIMED_OUT = "The job running on runner fake has exceeded the maximum execution time of 1 minutes."


class Time:
    """Time that moves on command, and when the client waits."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class JobStory:
    name: str
    conclusion: str | None
    seconds: int = 90
    annotation: str | None = None


def passed(name: str = "test") -> JobStory:
    return JobStory(name, "success")


def failed(name: str = "test") -> JobStory:
    return JobStory(name, "failure")


def skipped(name: str = "test") -> JobStory:
    return JobStory(name, "skipped", seconds=0)


def superseded(name: str = "test", seconds: int = 90) -> JobStory:
    return JobStory(name, "cancelled", seconds=seconds)


def timed_out(name: str = "test", seconds: int = 90) -> JobStory:
    return JobStory(name, "cancelled", seconds=seconds, annotation=TIMED_OUT)


def running(name: str = "test") -> JobStory:
    return JobStory(name, None)


@dataclass(frozen=True)
class RunStory:
    attempts: tuple[tuple[JobStory, ...], ...] = ()

    def with_attempt(self, *jobs: JobStory) -> "RunStory":
        return replace(self, attempts=(*self.attempts, jobs))


def a_run() -> RunStory:
    return RunStory()


@dataclass
class Run:
    run_id: int
    created_at: datetime
    attempts: list[dict[str, Any]] = field(default_factory=list)
    jobs: list[list[dict[str, Any]]] = field(default_factory=list)


class Story:
    """A repository whose history goes on."""

    repository_id = 1296269

    def __init__(self, now: datetime = datetime(2026, 8, 21, 3, tzinfo=UTC), name: str = "octo/fake") -> None:
        self.time = Time(now)
        self.name = name
        self.runs: dict[int, Run] = {}
        self.annotations: dict[int, str] = {}
        self.artifacts: dict[int, tuple[dict[str, Any], bytes]] = {}
        self.caches: dict[int, dict[str, Any]] = {}
        self.workflow_file = WORKFLOW_FILE
        self.may_delete = False
        """Whether the token has Actions: write."""
        self._ids = itertools.count(2**33)

    def happens(self, run: RunStory, *, at: datetime | None = None) -> int:
        """A run is made, and everything that is told of it."""
        made = Run(next(self._ids), at or self.time.now())
        self.runs[made.run_id] = made
        for jobs in run.attempts:
            self.goes_on(made.run_id, *jobs)
        return made.run_id

    def goes_on(self, run_id: int, *jobs: JobStory) -> None:
        """The run is run again; all of it."""
        self._attempt(run_id, [self._job(run_id, job, self._next_start(run_id)) for job in jobs])

    def failed_jobs_are_run_again(self, run_id: int, *jobs: JobStory) -> None:
        """The failed jobs are run again; the others are listed again under new ids, with their old times."""
        names = {job.name for job in jobs}
        untouched = [job for job in self.runs[run_id].jobs[-1] if job["name"] not in names]
        start = self._next_start(run_id)
        carried = [{**job, "id": next(self._ids), "created_at": _text(start)} for job in untouched]
        self._attempt(run_id, [*carried, *(self._job(run_id, job, start) for job in jobs)])

    def ends(self, run_id: int, *jobs: JobStory) -> None:
        """The attempt that is in progress ends so."""
        run = self.runs[run_id]
        run.attempts.pop()
        run.jobs.pop()
        self.goes_on(run_id, *jobs)

    def has_artifact(self, run_id: int, name: str, content: bytes) -> int:
        artifact = copy.deepcopy(ARTIFACT)
        now = self.time.now()
        artifact.update(
            id=next(self._ids),
            name=name,
            size_in_bytes=len(content),
            digest=f"sha256:{hashlib.sha256(content).hexdigest()}",
            expired=False,
            created_at=_text(now),
            expires_at=_text(now + timedelta(days=90)),
        )
        artifact["workflow_run"]["id"] = run_id
        self.artifacts[artifact["id"]] = (artifact, content)
        return artifact["id"]

    def has_cache(self, key: str, *, size: int = 1024, ref: str = "refs/heads/main") -> int:
        cache_id, now = next(self._ids), _text(self.time.now())
        described = {"id": cache_id, "key": key, "ref": ref, "size_in_bytes": size}
        self.caches[cache_id] = {**CACHE, **described, "created_at": now, "last_accessed_at": now}
        return cache_id

    def is_deleted(self, run_id: int) -> None:
        del self.runs[run_id]

    def _next_start(self, run_id: int) -> datetime:
        run = self.runs[run_id]
        return run.created_at + timedelta(hours=len(run.attempts))

    def _job(self, run_id: int, story: JobStory, start: datetime) -> dict[str, Any]:
        job = copy.deepcopy(JOB)
        began, ended = start + timedelta(seconds=10), start + timedelta(seconds=10 + story.seconds)
        times = {"started_at": _text(began), "completed_at": _text(ended) if story.conclusion else None}
        state = {"status": "completed" if story.conclusion else "in_progress", "conclusion": story.conclusion}
        job.update(id=next(self._ids), run_id=run_id, name=story.name, created_at=_text(start), **state, **times)
        job["steps"] = [{"number": 1, "name": "Run it", **state, **times}]
        if story.annotation:
            self.annotations[job["id"]] = story.annotation
        return job

    def _attempt(self, run_id: int, jobs: list[dict[str, Any]]) -> None:
        run = self.runs[run_id]
        conclusions = {job["conclusion"] for job in jobs}
        worst = next((each for each in (None, "failure", "cancelled") if each in conclusions), "success")
        attempt = copy.deepcopy(RUN)
        start = self._next_start(run_id)
        attempt.update(
            id=run_id,
            run_attempt=len(run.attempts) + 1,
            path=".github/workflows/ci.yml",
            head_sha="a" * 40,
            created_at=_text(run.created_at),
            run_started_at=_text(start),
            updated_at=_text(start + timedelta(minutes=5)),
            status="completed" if worst else "in_progress",
            conclusion=worst,
        )
        for job in jobs:
            job["run_attempt"] = attempt["run_attempt"]
        run.attempts.append(attempt)
        run.jobs.append(jobs)


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
