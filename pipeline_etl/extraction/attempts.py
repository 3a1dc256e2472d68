"""One attempt of a run: its row, jobs, steps, workflow file, annotations and logs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import polars as pl

from pipeline_etl.contracts.tables import (
    Annotations,
    Jobs,
    LogLines,
    RunAttempts,
    Steps,
    WorkflowFiles,
    WorkflowFileVersions,
    WorkflowJobs,
)
from pipeline_etl.errors import ContentError, Gone, MalformedArchive, PipelineError, RateLimited, Unauthorized
from pipeline_etl.extraction.plan import AttemptKey
from pipeline_etl.extraction.rows import Frames, Item, Problem, Reading, Seen, month_of, stamped, state_after
from pipeline_etl.parsing.job_log import JobLog, StepSpan, read_job_logs
from pipeline_etl.parsing.log_archive import JobLogFiles, LoggedJob, split_log_archive
from pipeline_etl.parsing.workflow_file import parse_workflow_file, workflow_text
from pipeline_etl.providers import Payload, Provider, Repository

LOG_DELAY: Final = timedelta(minutes=10)
"""Logs may be missing this long after a run ended; later than that they are gone."""

NO_LOG: Final = JobLogFiles(whole=None)

EARLY_BYTES: Final = 64 * 2**20
"""Lines of the logs of one attempt that wait in memory for the rest of it; more are stored at once."""

UNMATCHED_SHOWN: Final = 5
"""Names of log files without a job that a problem spells out."""

SHORTEST_TIMEOUT: Final = timedelta(minutes=1)
"""``timeout-minutes`` is a whole number of minutes: a job that was ended sooner did not run out of time."""


@dataclass(frozen=True, kw_only=True)
class AttemptReader:
    """Reads attempts of one repository."""

    provider: Provider
    repository: Repository
    known_until_at: datetime
    store_early: Callable[[Frames, date | None], None]
    """Stores rows that are too many to wait, in the partition of a month. What they belong to is told of later."""
    known_workflow_files: set[str]
    """Item ids (path@sha) that need no further look; grows while attempts are read, for many share a commit."""

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
        self._workflow_file(key, attempt, reading)
        executed = [job for job in jobs if was_executed(job, attempt["run_started_at"])]
        self._annotations(key, executed, reading)
        self._logs(key, executed, reading)
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

    def _workflow_file(self, key: AttemptKey, attempt: dict[str, Any], reading: Reading) -> None:
        path, sha = attempt["workflow_path"], attempt["head_sha"]
        # With the attempt that asked for it: what is owed is found again through the attempt it belongs to.
        item = Item(item_kind="workflow_file", item_id=f"{path}@{sha}", run_id=key.run_id, run_attempt=key.run_attempt)
        if item.item_id in self.known_workflow_files:
            return
        self.known_workflow_files.add(item.item_id)
        if path.startswith("dynamic/"):
            reading.seen.append(Seen(item=item, state="not_wanted", reason="The service made it; it has no file."))
            return
        try:
            content = self.provider.workflow_file(self.repository, workflow_path=path, head_sha=sha)
        except (RateLimited, Unauthorized):
            raise
        except PipelineError as error:
            reading.seen.append(Seen(item=item, state=state_after(error), reason=str(error)))
            return
        file_id = sha256(content).hexdigest()
        version = pl.DataFrame([{"workflow_path": path, "head_sha": sha, "workflow_file_id": file_id}])
        reading.frames.append({WorkflowFileVersions: version})
        try:
            declared = parse_workflow_file(content)
        except ContentError as error:
            reading.seen.append(Seen(item=item, state="unreadable", reason=str(error)))
            reading.problems.append(Problem.of(error, item, file_path=path))
            return
        context = {"workflow_path": path, "workflow_file_id": file_id}
        reading.frames.append({WorkflowJobs: stamped(declared, WorkflowJobs, context)})
        if (kept := workflow_text(content)) is not None:
            text = pl.DataFrame([{**context, "content_text": kept[0], "is_redacted": kept[1]}])
            reading.frames.append({WorkflowFiles: text})
        reading.seen.append(Seen(item=item, state="stored"))

    def _annotations(self, key: AttemptKey, executed: Iterable[dict[str, Any]], reading: Reading) -> None:
        for job in executed:
            if not is_annotation_wanted(job):
                continue
            item = job_item("annotations", key, job["job_id"])
            try:
                answer = self.provider.annotations(self.repository, job_id=job["job_id"])
            except (RateLimited, Unauthorized):
                raise
            except PipelineError as error:
                reading.seen.append(Seen(item=item, state=state_after(error), reason=str(error)))
                continue
            context = {"run_id": key.run_id, "run_attempt": key.run_attempt}
            reading.frames.append({Annotations: stamped(answer.frames[Annotations], Annotations, context)})
            reading.seen.append(Seen(item=item, state="stored"))

    def _logs(self, key: AttemptKey, executed: list[dict[str, Any]], reading: Reading) -> None:
        if not executed:
            return
        archive_item = Item(item_kind="job_log", item_id=key.item_id, run_id=key.run_id, run_attempt=key.run_attempt)
        try:
            content = self.provider.log_archive(self.repository, run_id=key.run_id, run_attempt=key.run_attempt)
            archive = split_log_archive(content, [logged_job(job) for job in executed])
        except (RateLimited, Unauthorized):
            raise
        except PipelineError as error:
            if isinstance(error, ContentError):
                reading.problems.append(Problem.of(error, archive_item))
            reading.seen.extend(self._log_missing(error, key, job) for job in executed)
            return
        flaws = [archive.problem] if archive.problem else []
        if archive.unmatched:
            names = ", ".join(archive.unmatched[:UNMATCHED_SHOWN])
            flaws.append(MalformedArchive(f"{len(archive.unmatched)} log files belong to no known job: {names}"))
        reading.problems.extend(Problem.of(flaw, archive_item) for flaw in flaws)
        logs: list[JobLog] = []
        for job in executed:
            files = archive.jobs.get(job["job_id"], NO_LOG)
            if files.whole is None:
                missing = Gone(f"The log archive of run {key.item_id} has no file of job {job['job_name']!r}.")
                reading.seen.append(self._log_missing(missing, key, job))
            else:
                spans = step_spans(job["steps"])
                logs.append(JobLog(job_id=job["job_id"], content=files.whole, steps=spans, step_logs=files.steps))
        self._read_logs(key, logs, reading)

    def _read_logs(self, key: AttemptKey, logs: Sequence[JobLog], reading: Reading) -> None:
        states = {log.job_id: Seen(item=job_item("job_log", key, log.job_id), state="stored") for log in logs}
        context = {"run_id": key.run_id, "run_attempt": key.run_attempt}
        line_bytes = 0
        for rows in read_job_logs(logs):
            frames = {table: stamped(frame, table, context) for table, frame in rows.frames.items()}
            line_bytes += int(frames[LogLines]["line_text"].str.len_bytes().sum())
            if line_bytes > EARLY_BYTES:
                self.store_early({LogLines: frames.pop(LogLines)}, reading.month)
            reading.frames.append(frames)
            for job_id, error in rows.refused.items():
                item = states[job_id].item
                states[job_id] = Seen(item=item, state="unreadable", reason=str(error))
                reading.problems.append(Problem.of(error, item))
        reading.seen.extend(states.values())

    def _log_missing(self, error: PipelineError, key: AttemptKey, job: dict[str, Any]) -> Seen:
        state = state_after(error)
        ended = job["completed_at"]
        is_live = self.repository.snapshot_at is None
        if state == "gone" and is_live and ended is not None and self.known_until_at - ended < LOG_DELAY:
            state = "not_yet"
        return Seen(item=job_item("job_log", key, job["job_id"]), state=state, reason=str(error))


def was_executed(job: dict[str, Any], run_started_at: datetime) -> bool:
    """Whether the job ran in this very attempt: it started, was not skipped and was not carried over.

    A partial re-run lists the jobs it leaves alone again, under new ids, with their old times.
    """
    started_at = job["started_at"]
    return started_at is not None and job["result"] != "skip" and started_at >= run_started_at


def is_annotation_wanted(job: dict[str, Any]) -> bool:
    """Whether an annotation may say why the job ended, which nothing else that is read does.

    Each job costs a call of its own, so only those are asked for whose end is not explained otherwise:

    * A timed-out job is listed as cancelled, like a superseded one; the annotation alone tells them apart.
    * A job that failed without a failed step lost its runner, and its log with it. Where a step failed the log tells.
    """
    if job["result"] == "failure":
        return "failure" not in job["steps"]["result"].cast(pl.String).to_list()
    if job["result"] not in ("timeout", "cancellation"):
        return False
    ended = job["completed_at"]
    return ended is None or ended - job["started_at"] >= SHORTEST_TIMEOUT


def job_item(kind: Any, key: AttemptKey, job_id: int) -> Item:
    """The ledger's name for something of a job."""
    return Item(item_kind=kind, item_id=str(job_id), run_id=key.run_id, run_attempt=key.run_attempt, job_id=job_id)


def logged_job(job: dict[str, Any]) -> LoggedJob:
    """A job as the reader of log archives wants it."""
    return LoggedJob(job["job_id"], job["job_name"], job["started_at"], job["completed_at"])


def step_spans(steps: pl.DataFrame) -> list[StepSpan]:
    """The steps of a job as its log's reader wants them: those that ran, for a skipped one leaves no line."""
    ran = steps.filter(pl.col("result").ne_missing("skip"))
    columns = ran.select("step_number", "step_name", "started_at", "completed_at")
    return [StepSpan(*row) for row in columns.sort("step_number").iter_rows()]
