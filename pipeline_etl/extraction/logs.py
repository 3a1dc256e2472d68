"""The logs of one attempt: one archive for all its jobs, and job by job where that cannot be had."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from pipeline_etl.contracts.tables import LogFindings, LogLines
from pipeline_etl.errors import (
    ContentError,
    Expired,
    Gone,
    MalformedArchive,
    NotPermitted,
    PipelineError,
    RateLimited,
    Unauthorized,
)
from pipeline_etl.extraction.permissions import Permissions
from pipeline_etl.extraction.plan import AttemptKey
from pipeline_etl.extraction.rows import Frames, Item, Problem, Reading, Seen, job_item, stamped, state_after
from pipeline_etl.parsing.job_log import JobLog, StepSpan, read_job_logs
from pipeline_etl.parsing.log_archive import JobLogFiles, LogArchive, LoggedJob, split_log_archive
from pipeline_etl.providers import Provider, Repository

LOG_DELAY: Final = timedelta(minutes=10)
"""Logs may be missing this long after a run ended; later than that they are gone."""

NO_LOG: Final = JobLogFiles(whole=None)

EARLY_BYTES: Final = 64 * 2**20
"""Lines of the logs of one attempt that wait in memory for the rest of it; more are stored at once."""

UNMATCHED_SHOWN: Final = 5
"""Names of log files without a job that a problem spells out."""


@dataclass(frozen=True, kw_only=True)
class LogReader:
    """Reads logs of one repository."""

    provider: Provider
    repository: Repository
    permissions: Permissions
    known_until_at: datetime
    store_early: Callable[[Frames, Reading], None]
    """Stores rows of a reading that are too many to wait. What they belong to is told of with the rest of it."""
    known: frozenset[str]
    """Ids of the jobs whose logs need no further look: an attempt is read again when something else of it is owed."""

    def read(self, key: AttemptKey, executed: Sequence[dict[str, Any]], reading: Reading) -> None:
        """The logs of the jobs that ran in an attempt."""
        if all(str(job["job_id"]) in self.known for job in executed):
            return
        archive_item = Item(item_kind="job_log", item_id=key.item_id, run_id=key.run_id, run_attempt=key.run_attempt)
        try:
            archive = self._archive(key, executed)
        except NotPermitted as error:
            for job in executed:
                self.permissions.tell(reading, job_item("job_log", key, job["job_id"]), error)
            return
        except (RateLimited, Unauthorized):
            raise
        except PipelineError as error:
            if isinstance(error, ContentError):
                reading.problems.append(Problem.of(error, archive_item))
            self._one_by_one(key, executed, error, reading)
            return
        flaws = [archive.problem] if archive.problem else []
        if archive.unmatched:
            names = ", ".join(archive.unmatched[:UNMATCHED_SHOWN])
            flaws.append(MalformedArchive(f"{len(archive.unmatched)} log files belong to no known job: {names}"))
        reading.problems.extend(Problem.of(flaw, archive_item) for flaw in flaws)
        logs, lacking = [], []
        for job in executed:
            files = archive.jobs.get(job["job_id"], NO_LOG)
            if files.whole is None:
                lacking.append(job)
            else:
                spans = step_spans(job["steps"])
                logs.append(JobLog(job_id=job["job_id"], content=files.whole, steps=spans, step_logs=files.steps))
        self._read_logs(key, executed, logs, reading)
        self._one_by_one(key, lacking, Gone(f"The log archive of run {key.item_id} does not hold it."), reading)

    def _archive(self, key: AttemptKey, executed: Sequence[dict[str, Any]]) -> LogArchive:
        content = self.permissions.ask(
            "job_log",
            lambda: self.provider.log_archive(self.repository, run_id=key.run_id, run_attempt=key.run_attempt),
        )
        return split_log_archive(content, [logged_job(job) for job in executed])

    def _one_by_one(
        self, key: AttemptKey, jobs: Sequence[dict[str, Any]], error: PipelineError, reading: Reading
    ) -> None:
        """The logs of jobs by themselves, until one of them cannot be had either: those left are not had, then.

        A job that succeeded has a log where any has; one whose runner died may have none for ever.
        """
        if isinstance(error, Expired) or self.repository.snapshot_at is not None:
            reading.seen.extend(self._missing(error, key, job) for job in jobs)
            return
        ordered = sorted(jobs, key=lambda job: job["result"] != "success")
        for number, job in enumerate(ordered):
            try:
                content = self.provider.job_log(self.repository, job_id=job["job_id"])
            except (RateLimited, Unauthorized):
                raise
            except ContentError as flaw:
                item = job_item("job_log", key, job["job_id"])
                reading.seen.append(Seen(item=item, state="unreadable", reason=str(flaw)))
                reading.problems.append(Problem.of(flaw, item))
            except PipelineError as missing:
                reading.seen.extend(self._missing(missing, key, left) for left in ordered[number:])
                return
            else:
                log = JobLog(job_id=job["job_id"], content=content, steps=step_spans(job["steps"]))
                self._read_logs(key, [job], [log], reading)

    def _read_logs(
        self, key: AttemptKey, jobs: Sequence[dict[str, Any]], logs: Sequence[JobLog], reading: Reading
    ) -> None:
        pages = {job["job_id"]: job["job_url"] for job in jobs}
        states = {log.job_id: Seen(item=job_item("job_log", key, log.job_id), state="stored") for log in logs}
        context = {"run_id": key.run_id, "run_attempt": key.run_attempt}
        line_bytes = 0
        for rows in read_job_logs(logs):
            found: Frames = {**rows.frames, LogFindings: self._linked(rows.frames[LogFindings], pages)}
            frames = {table: stamped(frame, table, context) for table, frame in found.items()}
            line_bytes += int(frames[LogLines]["line_text"].str.len_bytes().sum())
            if line_bytes > EARLY_BYTES:
                self.store_early({LogLines: frames.pop(LogLines)}, reading)
            reading.frames.append(frames)
            for job_id, error in rows.refused.items():
                item = states[job_id].item
                states[job_id] = Seen(item=item, state="unreadable", reason=str(error))
                reading.problems.append(Problem.of(error, item))
        reading.seen.extend(states.values())

    def _linked(self, findings: pl.DataFrame, pages: Mapping[int, str]) -> pl.DataFrame:
        """The findings, each with the address of its line as far as the step is known that printed it."""
        places = findings.select("job_id", "step_number", "step_line_number").iter_rows()
        urls = [
            None
            if step is None or line is None
            else self.provider.log_line_url(pages[job], step_number=step, line_number=line)
            for job, step, line in places
        ]
        return findings.with_columns(pl.Series("line_url", urls, dtype=pl.String))

    def _missing(self, error: PipelineError, key: AttemptKey, job: dict[str, Any]) -> Seen:
        state = state_after(error)
        ended = job["completed_at"]
        is_live = self.repository.snapshot_at is None
        if state == "gone" and is_live and ended is not None and self.known_until_at - ended < LOG_DELAY:
            state = "not_yet"
        return Seen(item=job_item("job_log", key, job["job_id"]), state=state, reason=str(error))


def logged_job(job: dict[str, Any]) -> LoggedJob:
    """A job as the reader of log archives wants it."""
    return LoggedJob(job["job_id"], job["job_name"], job["started_at"])


def step_spans(steps: pl.DataFrame) -> list[StepSpan]:
    """The steps of a job as its log's reader wants them: those that ran, for a skipped one leaves no line."""
    ran = steps.filter(pl.col("result").ne_missing("skip"))
    columns = ran.select("step_number", "step_name", "started_at", "completed_at")
    return [StepSpan(*row) for row in columns.sort("step_number").iter_rows()]
