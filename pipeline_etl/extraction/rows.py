"""Rows that the extraction itself makes: context columns, ledger entries, problems."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl

from pipeline_etl.contracts.tables import ExtractionProblems, LedgerEntries, Table
from pipeline_etl.contracts.vocabulary import ItemKind, ItemState
from pipeline_etl.errors import ContentError, Expired, Gone, PipelineError
from pipeline_etl.extraction.plan import AttemptKey
from pipeline_etl.parsing.redaction import redact
from pipeline_etl.providers import Payload

MESSAGE_LIMIT = 2_000
"""Characters of a problem's message that are kept."""

Frames = dict[Table, pl.DataFrame]


@dataclass(frozen=True, kw_only=True)
class Item:
    """A thing the service said exists, and the run or job it belongs to."""

    item_kind: ItemKind
    item_id: str
    run_id: int | None = None
    run_attempt: int | None = None
    job_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What became of an item."""

    item: Item
    state: ItemState
    expires_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why an item, or a part of it, could not be read."""

    item: Item
    problem_kind: str
    message: str
    advice: str
    file_path: str | None = None

    @classmethod
    def of(cls, error: PipelineError, item: Item, *, file_path: str | None = None) -> "Problem":
        """The problem an error tells of."""
        message, _ = redact(str(error))
        return cls(
            item=item,
            problem_kind=type(error).__name__,
            message=message[:MESSAGE_LIMIT],
            advice=error.advice,
            file_path=file_path,
        )

    @property
    def problem_id(self) -> str:
        """Equal for the same problem met again."""
        said = (self.problem_kind, self.item.item_kind, self.item.item_id, self.file_path or "", self.message)
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:32]


@dataclass(kw_only=True)
class Reading:
    """What was read of one thing: rows by table, answers, states and problems."""

    frames: list[dict[Table, pl.DataFrame]] = field(default_factory=list)
    payloads: list[Payload] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    month: date | None = None
    """First day of the month whose partition it belongs to; None when that is not known."""
    read_at: datetime | None = None
    """Moment under which rows of it were stored early, and the others must be: lines are shown with the log of their
    moment. None while nothing was stored."""


def job_item(kind: ItemKind, key: AttemptKey, job_id: int) -> Item:
    """The ledger's name for something of a job."""
    return Item(item_kind=kind, item_id=str(job_id), run_id=key.run_id, run_attempt=key.run_attempt, job_id=job_id)


def state_after(error: PipelineError) -> ItemState:
    """The state in which an error leaves the thing it speaks of: tried again unless the answer was final."""
    if isinstance(error, Gone):
        return "expired" if isinstance(error, Expired) else "gone"
    return "unreadable" if isinstance(error, ContentError) else "error"


def month_of(instant: datetime) -> date:
    """First day of the month an instant is in, UTC."""
    return instant.date().replace(day=1)


def ledger_frame(seen: Iterable[Seen]) -> pl.DataFrame:
    """Rows of LedgerEntries without context columns."""
    rows = [
        {**asdict(each.item), "state": each.state, "expires_at": each.expires_at, "reason": each.reason}
        for each in seen
    ]
    return _frame(rows, LedgerEntries)


def problem_frame(problems: Iterable[Problem]) -> pl.DataFrame:
    """Rows of ExtractionProblems without context columns, one per distinct problem."""
    distinct = {problem.problem_id: problem for problem in problems}
    rows = [
        {
            **asdict(problem.item),
            "problem_id": problem_id,
            "problem_kind": problem.problem_kind,
            "file_path": problem.file_path,
            "message": problem.message,
            "advice": problem.advice,
        }
        for problem_id, problem in distinct.items()
    ]
    return _frame(rows, ExtractionProblems)


def stamped(frame: pl.DataFrame, table: Table, context: Mapping[str, Any]) -> pl.DataFrame:
    """The frame with its context columns, typed and ordered as the table declares."""
    schema = table.create_empty().schema
    literals = [pl.lit(value, dtype=schema[name]).alias(name) for name, value in context.items() if name in schema]
    return frame.with_columns(literals)


def joined(parts: Sequence[Mapping[Table, pl.DataFrame]]) -> Frames:
    """The rows of several extractions in one frame per table."""
    tables = {table for part in parts for table, frame in part.items() if len(frame)}
    return {
        table: pl.concat([part[table] for part in parts if table in part and len(part[table])], how="diagonal_relaxed")
        for table in tables
    }


def changed_rows(frame: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Rows of the frame that are not stored just so already."""
    columns = [name for name in frame.columns if name in stored.columns]
    return frame.join(stored.select(columns), on=columns, how="anti", nulls_equal=True)


def same_things(frame: pl.DataFrame, table: Table) -> pl.Expr | None:
    """The condition on what is stored that leaves the things of a frame, and may leave more; None to leave all."""
    given = [name for name in table.primary_key() if name in frame.columns]
    values = {name: frame[name].unique() for name in given}
    return pl.all_horizontal(pl.col(name).is_in(value.implode()) for name, value in values.items()) if values else None


def _frame(rows: list[dict[str, Any]], table: Table) -> pl.DataFrame:
    schema = table.create_empty().schema
    known = rows[0].keys() if rows else schema.names()
    return pl.DataFrame(rows, schema={name: schema[name] for name in schema.names() if name in known})
