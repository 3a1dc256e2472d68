"""One attempt of a run: its row, jobs and steps, and with its readers the workflow file, annotations and logs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from pipeline_etl.contracts.tables import Jobs, RunAttempts, Steps
from pipeline_etl.errors import Gone, PipelineError, RateLimited, Unauthorized
from pipeline_etl.extraction.annotations import AnnotationReader
from pipeline_etl.extraction.logs import LogReader
from pipeline_etl.extraction.plan import AttemptKey
from pipeline_etl.extraction.rows import Item, Problem, Reading, Seen, month_of, state_after
from pipeline_etl.extraction.workflow_files import WorkflowFileReader
from pipeline_etl.providers import Payload, Provider, Repository


@dataclass(frozen=True, kw_only=True)
class AttemptReader:
    """Reads attempts of one repository."""

    provider: Provider
    repository: Repository
    workflow_files: WorkflowFileReader
    annotations: AnnotationReader
    logs: LogReader

    def read(self, key: AttemptKey, listed: pl.DataFrame | None, payload: Payload | None) -> Reading:
        """Everything of one attempt.

        Args:
            key: the attempt.
            listed: its row as the list of runs gave it; None when only the service can tell.
            payload: the answer that row was read from.

        Raises:
            RateLimited, Unauthorized: nothing more can be read now. Any other trouble is in the reading.
        """
        reading = Reading(payloads=[payload] if payload else [])
        item = Item(item_kind="run_attempt", item_id=key.item_id, run_id=key.run_id, run_attempt=key.run_attempt)
        try:
            attempt = self._attempt_row(key, listed, reading)
            reading.month = month_of(attempt["created_at"])
            if attempt["status"] != "completed":
                reading.seen.append(
                    Seen(item=item, state="not_yet", reason=f"The run is {attempt['provider_status']}.")
                )
                return reading
            jobs = self._jobs(key, reading)
        except (RateLimited, Unauthorized):
            raise
        except PipelineError as error:
            reading.seen.append(Seen(item=item, state=state_after(error), reason=str(error)))
            if not isinstance(error, Gone):
                reading.problems.append(Problem.of(error, item))
            return reading
        reading.seen.append(Seen(item=item, state="stored"))
        self.workflow_files.read(key, attempt, reading)
        executed = [job for job in jobs if was_executed(job, attempt["run_started_at"])]
        self.annotations.read(key, attempt, executed, reading)
        self.logs.read(key, executed, reading)
        return reading

    def _attempt_row(self, key: AttemptKey, listed: pl.DataFrame | None, reading: Reading) -> dict[str, Any]:
        if listed is None:
            answer = self.provider.run_attempt(self.repository, run_id=key.run_id, run_attempt=key.run_attempt)
            reading.payloads.extend(answer.payloads)
            listed = answer.frames[RunAttempts]
        reading.frames.append({RunAttempts: listed})
        return listed.row(0, named=True)

    def _jobs(self, key: AttemptKey, reading: Reading) -> list[dict[str, Any]]:
        answer = self.provider.jobs(self.repository, run_id=key.run_id, run_attempt=key.run_attempt)
        reading.frames.append(dict(answer.frames))
        reading.payloads.extend(answer.payloads)
        steps = answer.frames[Steps].partition_by("job_id", as_dict=True)
        no_steps = answer.frames[Steps].clear()
        return [
            {**job, "steps": steps.get((job["job_id"],), no_steps)} for job in answer.frames[Jobs].iter_rows(named=True)
        ]


def was_executed(job: dict[str, Any], run_started_at: datetime) -> bool:
    """Whether the job ran in this very attempt: it started, was not skipped and was not carried over.

    A partial re-run lists the jobs it leaves alone again, under new ids, with their old times.
    """
    started_at = job["started_at"]
    return started_at is not None and job["result"] != "skip" and started_at >= run_started_at
