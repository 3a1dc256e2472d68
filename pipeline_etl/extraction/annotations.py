"""Annotations of jobs whose end nothing else explains. Each job costs a call of its own, so few are asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import polars as pl

from pipeline_etl.contracts.tables import Annotations
from pipeline_etl.errors import NotPermitted, PipelineError, RateLimited, Unauthorized
from pipeline_etl.extraction.permissions import Permissions
from pipeline_etl.extraction.plan import AttemptKey
from pipeline_etl.extraction.rows import Reading, Seen, job_item, stamped, state_after
from pipeline_etl.extraction.workflow_files import WorkflowFileReader
from pipeline_etl.providers import Provider, Repository

SHORTEST_TIMEOUT: Final = timedelta(minutes=1)
"""``timeout-minutes`` is a whole number of minutes: a job that was ended sooner did not run out of time."""

CLOCK_TOLERANCE: Final = timedelta(seconds=30)
"""A job that ran this much shorter than its limit may have reached it: start and end are told by two clocks."""

TOGETHER: Final = timedelta(minutes=2)
"""Jobs of one attempt that end within this of each other, none of them well, were ended by one cause."""

ASKED_LIMIT: Final = 10
"""Cancelled jobs of one attempt that are asked for at most where it is not known how long they were allowed to run."""

CHECKS_KEPT: Final = timedelta(days=400)
"""The service keeps checks for as long; what is younger and not there is hidden."""


@dataclass(frozen=True, kw_only=True)
class AnnotationReader:
    """Reads annotations of one repository."""

    provider: Provider
    repository: Repository
    permissions: Permissions
    workflow_files: WorkflowFileReader
    known_until_at: datetime

    def read(
        self, key: AttemptKey, attempt: Mapping[str, Any], executed: Sequence[dict[str, Any]], reading: Reading
    ) -> None:
        """The annotations of the jobs of an attempt that are asked for."""
        lost = [job for job in executed if has_lost_its_runner(job)]
        cancelled = [job for job in executed if may_have_timed_out(job, limit=SHORTEST_TIMEOUT)]
        left_out: list[dict[str, Any]] = []
        if cancelled and (limit := self.workflow_files.shortest_timeout(attempt)) is not None:
            is_run_cancelled = attempt["result"] == "cancellation"
            cancelled = [
                job
                for job in cancelled
                if may_have_timed_out(job, limit=limit) or not (is_run_cancelled or has_company(job, executed))
            ]
        else:
            cancelled, left_out = cancelled[:ASKED_LIMIT], cancelled[ASKED_LIMIT:]
        for job in (*lost, *cancelled):
            self._read_job(key, job, reading)
        reason = f"Not asked for: {len(left_out)} more jobs of the attempt were cancelled than are asked for at a time."
        reading.seen.extend(
            Seen(item=job_item("annotations", key, job["job_id"]), state="not_wanted", reason=reason)
            for job in left_out
        )

    def _read_job(self, key: AttemptKey, job: dict[str, Any], reading: Reading) -> None:
        item = job_item("annotations", key, job["job_id"])
        try:
            answer = self.permissions.ask(
                "annotations",
                partial(self.provider.annotations, self.repository, job_id=job["job_id"]),
                is_hidden=partial(self._is_kept, job),
            )
        except NotPermitted as error:
            self.permissions.tell(reading, item, error)
            return
        except (RateLimited, Unauthorized):
            raise
        except PipelineError as error:
            reading.seen.append(Seen(item=item, state=state_after(error), reason=str(error)))
            return
        context = {"run_id": key.run_id, "run_attempt": key.run_attempt}
        reading.frames.append({Annotations: stamped(answer.frames[Annotations], Annotations, context)})
        reading.payloads.extend(answer.payloads)
        reading.seen.append(Seen(item=item, state="stored"))

    def _is_kept(self, job: Mapping[str, Any]) -> bool:
        """Whether a live service must still have the checks of a job."""
        ended = job["completed_at"]
        return self.repository.snapshot_at is None and ended is not None and self.known_until_at - ended < CHECKS_KEPT


def has_lost_its_runner(job: Mapping[str, Any]) -> bool:
    """Whether a job failed without a failed step: its log went with the runner. Where a step failed the log tells."""
    return job["result"] == "failure" and "failure" not in job["steps"]["result"].cast(pl.String).to_list()


def may_have_timed_out(job: Mapping[str, Any], *, limit: timedelta) -> bool:
    """Whether a job was ended, and ran long enough to have run out of time.

    A timed-out job is listed as cancelled, like a superseded one; the annotation alone tells them apart.
    """
    if job["result"] not in ("timeout", "cancellation"):
        return False
    ended = job["completed_at"]
    return ended is None or ended - job["started_at"] >= max(limit - CLOCK_TOLERANCE, SHORTEST_TIMEOUT)


def has_company(job: Mapping[str, Any], executed: Sequence[Mapping[str, Any]]) -> bool:
    """Whether other jobs of the attempt ended with a cancelled one, and no better: its runner was not lost."""
    ended = job["completed_at"]
    ends = [
        other["completed_at"]
        for other in executed
        if other["job_id"] != job["job_id"] and other["result"] in ("failure", "timeout", "cancellation")
    ]
    return ended is not None and any(end is not None and abs(end - ended) <= TOGETHER for end in ends)
