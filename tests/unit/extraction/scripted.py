"""A CI service in memory: runs and artifacts one names, limits and failures one asks for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

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
from pipeline_etl.errors import Gone, PipelineError
from pipeline_etl.providers import Answer, Budget, Page, Repository, Validator

LIMIT = 1_000
START = datetime(2026, 8, 1, tzinfo=UTC)
REPOSITORY = Repository(
    provider="github",
    repository_id=7,
    repository_name="a/b",
    default_branch="main",
    is_private=False,
    repository_url="https://example.invalid/a/b",
    snapshot_at=START + timedelta(days=10),
)


def rows(table: Table, *given: dict[str, object]) -> pl.DataFrame:
    """Rows with what is given and null or empty elsewhere, as a provider gives them."""
    schema = table.create_empty().drop("provider", "repository_id", "extracted_at").schema
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in given], schema=schema)


def run_row(run_id: int, *, created_at: datetime = START, status: str = "completed", attempt: int = 1) -> pl.DataFrame:
    return rows(
        RunAttempts,
        {
            "run_id": run_id,
            "run_attempt": attempt,
            "run_number": run_id,
            "workflow_id": 1,
            "workflow_name": "CI",
            "workflow_path": ".github/workflows/ci.yml",
            "event": "push",
            "head_branch": "main",
            "head_sha": f"sha{run_id}",
            "display_title": "title",
            "status": status,
            "provider_status": status,
            "result": "success" if status == "completed" else None,
            "created_at": created_at,
            "run_started_at": created_at,
            "updated_at": created_at,
            "run_url": "https://example.invalid",
            "is_merge_queue": False,
        },
    )


def run_rows(count: int, *, seconds_apart: int) -> pl.DataFrame:
    """So many runs, the first created at the start."""
    number = pl.int_range(count, dtype=pl.Int64)
    return pl.concat([run_row(0)] * count).with_columns(
        number.alias("run_id"),
        (pl.lit(START, dtype=pl.Datetime("us", "UTC")) + pl.duration(seconds=seconds_apart * number)).alias(
            "created_at"
        ),
    )


def job_row(job_id: int, run_id: int, *, started_at: datetime | None = START, result: str = "success") -> pl.DataFrame:
    return rows(
        Jobs,
        {
            "job_id": job_id,
            "run_id": run_id,
            "run_attempt": 1,
            "job_name": "test",
            "head_sha": f"sha{run_id}",
            "status": "completed",
            "result": result,
            "created_at": START,
            "started_at": started_at,
            "completed_at": START + timedelta(minutes=1),
            "runner_labels": [],
            "step_count": 0,
        },
    )


@dataclass
class ScriptedProvider:
    """Answers from lists; ``failures`` maps a question, as in ``jobs 5``, to the errors it meets, one per time asked."""

    runs: list[pl.DataFrame] = field(default_factory=list)
    artifact_pages_given: list[list[int]] = field(default_factory=list)
    failures: dict[str, list[PipelineError]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    etag: str = '"one"'

    @property
    def request_count(self) -> int:
        return len(self.asked)

    budget: Budget | None = None
    waits_until: datetime | None = None
    token_expires_at: datetime | None = None

    def _ask(self, question: str) -> None:
        self.asked.append(question)
        if self.failures.get(question):
            raise self.failures[question].pop(0)

    def repository(self, repository_name: str) -> Repository:
        self._ask(f"repository {repository_name}")
        return REPOSITORY

    def workflows(self, repository: Repository) -> Answer:
        return Answer(frames={Workflows: rows(Workflows)})

    def run_pages(
        self,
        repository: Repository,
        *,
        created_from: datetime,
        created_until: datetime,
        validators: Mapping[str, Validator],
    ) -> Iterator[Page]:
        url = f"runs {created_from:%FT%T} {created_until:%FT%T}"
        self._ask(url)
        there = pl.concat([rows(RunAttempts), *self.runs])
        found = there.filter(pl.col("created_at").is_between(created_from, created_until)).head(LIMIT)
        if url in validators and validators[url].etag == self.etag:
            yield Page(request_url=url, validator=validators[url], is_unchanged=True, total_count=None)
            return
        validator = Validator(etag=self.etag, next_url=None)
        # The count is a lie, as it is with the service where there are many.
        yield Page(
            request_url=url,
            validator=validator,
            is_unchanged=False,
            total_count=min(found.height, 17),
            answer=Answer(frames={RunAttempts: found}),
        )

    def run_attempt(self, repository: Repository, *, run_id: int, run_attempt: int) -> Answer:
        self._ask(f"run {run_id}/{run_attempt}")
        found = [run for run in self.runs if run["run_id"][0] == run_id]
        return Answer(frames={RunAttempts: found[0].with_columns(pl.lit(run_attempt).alias("run_attempt"))})

    def jobs(self, repository: Repository, *, run_id: int, run_attempt: int) -> Answer:
        self._ask(f"jobs {run_id}")
        return Answer(frames={Jobs: job_row(run_id * 10, run_id), Steps: rows(Steps)})

    def log_archive(self, repository: Repository, *, run_id: int, run_attempt: int) -> bytes:
        self._ask(f"logs {run_id}")
        raise Gone(f"no logs of run {run_id}")

    def job_log(self, repository: Repository, *, job_id: int) -> bytes:
        raise Gone(f"no log of job {job_id}")

    def annotations(self, repository: Repository, *, job_id: int) -> Answer:
        return Answer(frames={Annotations: rows(Annotations).drop("run_id", "run_attempt")})

    def artifact_pages(self, repository: Repository, *, validators: Mapping[str, Validator]) -> Iterator[Page]:
        for number, ids in enumerate(self.artifact_pages_given):
            self._ask(f"artifacts {number}")
            given = [
                {
                    "artifact_id": artifact_id,
                    "run_id": 1,
                    "artifact_name": "reports",
                    "artifact_bytes": 1,
                    "is_expired": True,
                    "created_at": START,
                }
                for artifact_id in ids
            ]
            yield Page(
                request_url=f"artifacts {number}",
                validator=None,
                is_unchanged=False,
                total_count=None,
                answer=Answer(frames={Artifacts: rows(Artifacts, *given)}),
            )

    def artifact_archive(self, repository: Repository, *, artifact_id: int) -> bytes:
        raise Gone(f"no artifact {artifact_id}")

    def log_line_url(self, job_url: str, *, step_number: int, line_number: int) -> str:
        return f"{job_url}/{step_number}/{line_number}"

    def cache_entries(self, repository: Repository) -> Answer:
        return Answer(frames={CacheEntries: rows(CacheEntries).drop("snapshot_at")})

    def workflow_file(self, repository: Repository, *, workflow_path: str, head_sha: str) -> bytes:
        self._ask(f"file {head_sha}")
        return b"jobs: {test: {runs-on: ubuntu-latest, steps: []}}"
