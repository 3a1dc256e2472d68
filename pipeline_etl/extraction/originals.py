"""What is kept of what the service said, and how each of it is read again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import polars as pl

from pipeline_etl.contracts.tables import (
    TABLES,
    Annotations,
    Artifacts,
    CacheEntries,
    ExtractionProblems,
    Jobs,
    LedgerEntries,
    PageValidators,
    Payloads,
    Repositories,
    RunAttempts,
    Steps,
    Syncs,
    Table,
    WorkflowFiles,
    WorkflowJobs,
    Workflows,
)
from pipeline_etl.contracts.vocabulary import ProviderName
from pipeline_etl.errors import UnexpectedPayload
from pipeline_etl.extraction.rows import Frames, stamped
from pipeline_etl.parsing.workflow_file import parse_workflow_file
from pipeline_etl.providers import REREADERS, Payload
from pipeline_etl.storage import Lake

ORIGINALS: Final[tuple[Table, ...]] = (Payloads, WorkflowFiles)
"""Tables that hold what others were read from."""

LISTED: Final[tuple[Table, ...]] = (Repositories, Workflows, Artifacts, CacheEntries, WorkflowJobs)
"""Tables whose rows lie in the month in which they were met; a later look at one may lie in another."""

OF_A_MONTH: Final[tuple[Table, ...]] = (RunAttempts, Jobs, Steps, Annotations)
"""Tables whose rows lie in the month of their run, and what they were read from with them."""

REBUILT: Final[tuple[Table, ...]] = (*LISTED, *OF_A_MONTH)
"""Tables whose rows can be read again."""

BOOKKEEPING: Final = frozenset({Syncs, LedgerEntries, ExtractionProblems, PageValidators})
"""Tables that tell of the extraction, not of the service."""

NOT_REBUILT: Final[tuple[Table, ...]] = tuple(
    table for table in TABLES if table not in {*ORIGINALS, *REBUILT, *BOOKKEEPING}
)
"""Tables read from what is not kept: logs and artifacts. (Which file a commit had is a fact, not a reading.)"""


@dataclass(frozen=True)
class Originals:
    """What is kept of one repository, read again."""

    lake: Lake
    provider: ProviderName
    repository_id: int

    def reread(self, original: Table, row: Mapping[str, Any]) -> Frames:
        """The rows of one original, without context columns.

        Raises:
            UnexpectedPayload: an answer that cannot be read.
            MalformedWorkflowFile: a file that cannot.
        """
        return self._declared(row) if original is WorkflowFiles else self._answered(row)

    def _answered(self, row: Mapping[str, Any]) -> Frames:
        payload = Payload(**{name: row[name] for name in ("payload_kind", "item_id", "payload_json")})
        frames = dict(REREADERS[self.provider](payload, repository_id=self.repository_id))
        if CacheEntries in frames:
            frames[CacheEntries] = stamped(frames[CacheEntries], CacheEntries, {"snapshot_at": _moment(payload)})
        if Annotations in frames:
            frames[Annotations] = stamped(frames[Annotations], Annotations, self._attempt_of(payload))
        return frames

    def _declared(self, row: Mapping[str, Any]) -> Frames:
        """Of a file in which something was blacked out the text is another than the one its jobs were read from."""
        if row["is_redacted"]:
            return {}
        context = {name: row[name] for name in ("workflow_path", "workflow_file_id")}
        return {WorkflowJobs: stamped(parse_workflow_file(row["content_text"].encode()), WorkflowJobs, context)}

    def _attempt_of(self, payload: Payload) -> dict[str, int]:
        """An annotation tells its job only; of which attempt that is the ledger knows."""
        attempt = self._attempts.get(payload.item_id)
        if attempt is None:
            raise UnexpectedPayload(
                f"The ledger knows no attempt of job {payload.item_id}, whose annotations are kept."
            )
        return dict(zip(("run_id", "run_attempt"), attempt, strict=True))

    @cached_property
    def _attempts(self) -> dict[str, tuple[int, int]]:
        of_jobs = self.lake.current(
            LedgerEntries,
            provider=self.provider,
            repository_id=self.repository_id,
            where=pl.col("item_kind") == "annotations",
        ).select("item_id", "run_id", "run_attempt")
        return {job: (run, attempt) for job, run, attempt in of_jobs.collect().iter_rows()}


def _moment(payload: Payload) -> datetime:
    try:
        return datetime.fromisoformat(payload.item_id)
    except ValueError as error:
        raise UnexpectedPayload(f"{payload.item_id!r} is no moment at which caches were listed.") from error
