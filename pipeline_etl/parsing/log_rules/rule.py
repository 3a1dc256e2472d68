"""What a log rule is."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple, Protocol

import polars as pl

from pipeline_etl.contracts.tables import Table

CONTEXT: Final = ("provider", "repository_id", "extracted_at", "job_id", "run_id", "run_attempt")
"""Columns that whoever fetched the log adds."""


MOST_HITS: Final = 100_000
"""Lines of one log that a rule looks at one by one. Jobs have hundreds; a log that imitates them gets no more time."""


class LogRule(Protocol):
    """Reads one table out of the lines of a job's log."""

    @property
    def name(self) -> str:
        """What the rule is called in findings and tests."""
        ...

    @property
    def table(self) -> Table:
        """The table it emits."""
        ...

    def parse(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Rows of the table, without context columns.

        Args:
            lines: line_number, logged_at, step_number, line_text and is_command (the runner shows what it is going to
                run) of every line, in order. Text is redacted and free of times and colours.
        """
        ...


class Line(NamedTuple):
    """A line that a rule looks at."""

    number: int
    at: datetime | None
    step: int | None
    text: str
    is_command: bool


def lines_with(lines: pl.DataFrame, pattern: str) -> list[Line]:
    """The lines in which a pattern occurs.

    The pattern is searched in linear time by an engine without look-around; it should begin with ``^`` or a literal.
    What is made of a hit is said by Python expressions on the few lines that come back.
    """
    return listed(lines.filter(pl.col("line_text").str.contains(pattern)).head(MOST_HITS))


def listed(lines: pl.DataFrame) -> list[Line]:
    """The lines as values."""
    columns = lines.select("line_number", "logged_at", "step_number", "line_text", "is_command")
    return [Line(*row) for row in columns.iter_rows()]


def frame_of(table: Table, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows in the columns a parser knows, typed as the table declares."""
    return pl.DataFrame(list(rows), schema=_known_columns(table), orient="row")


@cache
def _known_columns(table: Table) -> Mapping[str, pl.DataType]:
    return {name: kind for name, kind in table.create_empty().schema.items() if name not in CONTEXT}
