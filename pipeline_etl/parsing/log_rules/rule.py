"""What a log rule is."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

import polars as pl

from pipeline_etl.contracts.tables import Table

T = TypeVar("T")

CONTEXT: Final = ("provider", "repository_id", "extracted_at", "job_id", "run_id", "run_attempt")
"""Columns that whoever fetched the log adds."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

LINES_BEFORE: Final = 500
"""Lines that are given once more with those that follow them."""

HEADINGS: Final = ("##[group]Run ", "Post job cleanup.")
"""How the runner begins the output of a step."""

MOST_HITS: Final = 100_000
"""Lines of one log that a rule looks at one by one. Jobs have hundreds; a log that imitates them gets no more time."""


class Line(NamedTuple):
    """A line that a rule looks at."""

    number: int
    at_microseconds: int | None
    """Since 1970; hardly any line's time is asked for, so hardly any becomes an object."""
    step: int | None
    text: str
    is_command: bool
    mark: int
    """What the rule itself noted of the line when it picked it; 0 otherwise."""
    job_id: int

    @property
    def at(self) -> datetime | None:
        """When it was printed."""
        return None if self.at_microseconds is None else EPOCH + timedelta(microseconds=self.at_microseconds)


LINE: Final = ("line_number", pl.col("logged_at").to_physical(), "step_number", "line_text", "is_command")
"""The columns of a line, but for its job."""


class RuleReader(Protocol):
    """Reads the log of one job."""

    def read(self, line: Line) -> None:
        """The next line that the rule looks at."""
        ...

    def rows(self, *, line_count: int) -> Iterable[Mapping[str, Any]]:
        """What was read, when the log, of so many lines, is over: rows of the table, without context columns."""
        ...


class LogRule(Protocol):
    """Reads one table out of the lines of jobs' logs."""

    @property
    def name(self) -> str:
        """What the rule is called in findings and tests."""
        ...

    @property
    def table(self) -> Table:
        """The table it emits."""
        ...

    @property
    def looks_for(self) -> str | None:
        """Pattern, as for ``lines_with``, of the lines it may look at; None when that depends on other lines.

        By it lines are picked for all rules at once.
        """
        ...

    def hits(self, lines: pl.DataFrame, *, before: pl.DataFrame) -> pl.DataFrame:
        """The lines that the rule looks at, in order, out of those of one or more logs; with a ``mark`` if it has one.

        Args:
            lines: job_id, line_number, logged_at, step_number, line_text and is_command (the runner shows what it is
                going to run) of every line, or of all that it looks for, in order. Text is redacted and free of times
                and colours.
            before: the last lines that were given before of the log that goes on in these; a rule may give them again.
        """
        ...

    def reader(self) -> RuleReader:
        """Somebody to read another log."""
        ...


def lines_with(lines: pl.DataFrame, pattern: str) -> pl.DataFrame:
    """The lines in which a pattern occurs.

    The pattern is searched in linear time by an engine without look-around; it should begin with ``^`` or a literal.
    What is made of a hit is said by Python expressions on the few lines that come back.
    """
    return lines.filter(pl.col("line_text").str.contains(pattern))


def events_and_headings(lines: pl.DataFrame, *, events: str, around: str) -> pl.DataFrame:
    """The lines in which an event occurs, and what a rule must know of the step around them.

    Args:
        lines: as for ``lines_with``.
        events: pattern of the lines that count when they are no commands.
        around: pattern of the lines that say what they belong to, headings among them. Under a heading without events
            they are left out, except for the last one of a log, which may go on in lines to come.
    """
    found = lines_with(lines, f"(?:{events})|(?:{around})")
    if found.is_empty():
        return found
    text = pl.col("line_text")
    is_heading = (text.str.starts_with(HEADINGS[0]) & pl.col("is_command")) | text.str.starts_with(HEADINGS[1])
    marked = found.select(
        "job_id",
        heading=(is_heading | (pl.col("job_id") != pl.col("job_id").shift(1))).fill_null(value=True).cum_sum(),
        is_event=text.str.contains(events) & ~pl.col("is_command"),
    )
    wanted = marked.select(
        pl.col("is_event").any().over("heading") | (pl.col("heading") == pl.col("heading").max().over("job_id"))
    )
    return found.filter(wanted.to_series())


class Events(Generic[T]):
    """What lines can say, by the patterns they begin with: the first that fits counts.

    One expression of them all tells which, because a line that a rule looks at is mostly one of the last in its list.
    """

    def __init__(self, events: Iterable[tuple[str, T]]) -> None:
        self._events = tuple((re.compile(pattern), meaning) for pattern, meaning in events)
        self._which = re.compile("|".join(f"({linear(pattern.pattern)})" for pattern, _ in self._events))

    def first(self, text: str) -> tuple[re.Match[str], T] | None:
        """A match with the named groups of the first pattern that fits, and what it means."""
        which = self._which.match(text)
        if which is None or which.lastindex is None:
            return None
        pattern, meaning = self._events[which.lastindex - 1]
        match = pattern.match(text) if pattern.groups else which
        return None if match is None else (match, meaning)

    def after(self, text: str, meaning: T) -> Iterator[tuple[re.Match[str], T]]:
        """Those that fit besides, behind one with a meaning."""
        place = next(place for place, (_, other) in enumerate(self._events) if other is meaning)
        for pattern, other in self._events[place + 1 :]:
            if match := pattern.match(text):
                yield match, other


def linear(pattern: str) -> str:
    """A pattern without the names of its groups, which the engine that looks through all lines does not want."""
    return re.sub(r"\(\?P<\w+>", "(?:", pattern)


@cache
def known_columns(table: Table) -> Mapping[str, pl.DataType]:
    """The columns of a table that a parser knows."""
    return {name: kind for name, kind in table.create_empty().schema.items() if name not in CONTEXT}
