"""What goes into a sync and what comes out of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from pipeline_etl.contracts.tables import ExtractionProblems, table_name
from pipeline_etl.errors import PipelineError
from pipeline_etl.providers import Budget

SyncStatus = Literal["complete", "incomplete", "failed"]


@dataclass(frozen=True, kw_only=True)
class SyncOptions:
    """What a person may want otherwise."""

    since: datetime | timedelta | None = None
    """Where history begins: a moment, or so long before the sync; None for all the service remembers."""
    rerun_window: timedelta = timedelta(days=30)
    """How far behind the last complete sync runs are listed again: they may have been run again."""
    is_archiving_payloads: bool = True
    """Keep the service's answers, redacted, so that a better reading can be made of them later."""
    concurrent_requests: int = 8
    log_retention: timedelta | None = None
    """Months whose runs are all older than this, counted from the end of the sync, lose the lines of their logs."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a repository's sync has come."""

    repository_name: str
    stage: str
    done: int
    total: int
    left: Mapping[str, int] = field(default_factory=dict)
    """Things that are still to be read, by kind."""
    request_count: int = 0
    budget: Budget | None = None
    """What the service said last may still be asked of it; None when it does not say."""
    waits_until: datetime | None = None
    """When requests are sent again; None while they are."""
    is_backfill: bool = False
    """Whether it is the first of a live service."""

    @property
    def line(self) -> str:
        """All of it in one line of plain text."""
        parts = (
            f"{self.repository_name}: {self.stage}, {self.done:,} of {self.total:,}",
            self.remaining,
            self.requests,
        )
        return "; ".join(part for part in parts if part)

    @property
    def remaining(self) -> str:
        """What is still to be read; empty when that is nothing, or not known yet."""
        said = ", ".join(f"{count:,} {kind}" for kind, count in self.left.items() if count)
        return f"left: {said}" if said else ""

    @property
    def requests(self) -> str:
        """Requests sent and what may still be asked; empty before the first."""
        if not self.request_count:
            return ""
        said = f"{self.request_count:,} requests"
        if self.budget is not None:
            budget = self.budget
            said += f", {budget.remaining_count:,} of {budget.limit_count:,} left until {budget.resets_at:%H:%M} UTC"
        return said if self.waits_until is None else f"{said}, waiting until {self.waits_until:%H:%M:%S} UTC"


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, kw_only=True)
class RepositorySync:
    """How the sync of one repository ended."""

    repository_name: str
    status: SyncStatus
    """``incomplete`` when something was stored before the error, ``failed`` when nothing was."""
    known_until_at: datetime | None = None
    row_counts: Mapping[str, int] = field(default_factory=dict)
    request_count: int = 0
    budget: Budget | None = None
    """What the service said at the end may still be asked of it; None when it does not say."""
    lacking: tuple[str, ...] = ()
    """Permissions that the token lacks and what is missing without them, a sentence or two each."""
    error: PipelineError | None = None

    @property
    def problem_count(self) -> int:
        """Problems met by this sync."""
        return self.row_counts.get(table_name(ExtractionProblems), 0)
