"""What a section of a report is: one question, one query on the marts, one chart, one table, one sentence of advice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from math import log
from typing import Any, Final

from pipeline_etl.reports.look import Chart
from pipeline_etl.wording import Unit

Row = Mapping[str, Any]
"""One row of a section's query, by column; null is None."""

Rows = Sequence[Row]

MATCHING: Final = "matching_count"
"""Column every query ends with: how many rows the marts hold, when the query returns only the first of them."""


@dataclass(frozen=True, kw_only=True)
class Repository:
    """What is known of a repository before any section asks: the first screen, and the grounds for "not enough data".

    Counts are of the marts as they are; ``as_of_at`` is the moment all windows count back from, null when no sync ever
    ended.
    """

    repository_id: int
    repository_name: str
    repository_url: str
    is_recorded_archive: bool
    archive_note: str | None
    as_of_at: datetime | None
    first_run_at: datetime | None
    last_run_at: datetime | None
    run_count: int
    attempt_count: int
    job_count: int
    executed_job_count: int
    recent_run_count: int
    log_count: int
    test_execution_count: int
    test_count: int
    unjudged_test_count: int
    cache_lookup_count: int


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a section's rows: its meaning in words and its unit.

    ``link`` names the column that holds the address the value leads to; ``unit_column`` the one that holds each row's
    own unit; ``low`` and ``high`` those of an interval around it. ``words`` says what the words of a closed list are
    for a reader. A column that is not ``is_in_table`` stands in the JSON only; one that ``is_spare`` is the first to go
    where a line is short.
    """

    name: str
    title: str
    unit: Unit
    link: str | None = None
    unit_column: str | None = None
    low: str | None = None
    high: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    is_in_table: bool = True
    is_spare: bool = False


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One number a reader should see first. ``tone`` says whether its change is good, bad or not known to be either."""

    title: str
    value: str
    change: str
    tone: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A change worth a place on the first screen, in one sentence.

    ``weight`` ranks it among those of all sections: the natural logarithm of how many times larger or smaller
    something got, of a share the logarithm of its odds (:func:`growth`). ``tone`` is that of a tile.
    """

    text: str
    weight: float
    tone: str


def growth(before: float | None, now: float | None, *, is_share: bool = False) -> float | None:
    """How much larger ``now`` is than ``before``, as a logarithm: twice is as far as half, and no change is 0.

    Null where either is not known or where it began or ended at nothing: nothing can be said in times of nothing.
    """
    if before is None or now is None:
        return None
    if is_share:
        if not (0 < before < 1 and 0 < now < 1):
            return None
        return log(now / (1 - now)) - log(before / (1 - before))
    return log(now / before) if before > 0 and now > 0 else None


@dataclass(frozen=True, kw_only=True)
class Section:
    """One question a report answers.

    Args:
        name: Anchor, JSON name, and stem of the query ``sections/<name>.sql``.
        label: One or two words for the navigation.
        question: The title, as a reader would ask it.
        definition: Anchor in ``docs/metrics.md`` of what its numbers mean.
        reads: Mart → columns the query reads; nothing else may it read, and all of it.
        columns: The query's columns, in order; ``repository_id`` before them and ``matching_count`` after are implied.
        advise: The sentence of what to do; where there is too little data, what is missing and how to get it. Called
            for every repository.
        draw: The charts of one repository's rows; empty when there is nothing to draw.
        tiles: Numbers shown large, in place of a chart.
        shown_row_count: Rows the table shows; the rest is counted, with the SQL that lists it.
        more_sql: That SQL.
        note: How to read the table, in a line under it.
        find: What of one repository's rows changed beyond chance, for the first screen.
    """

    name: str
    label: str
    question: str
    definition: str
    reads: Mapping[str, Sequence[str]]
    columns: Sequence[Column]
    advise: Callable[[Rows, Repository], str]
    more_sql: str
    draw: Callable[[Rows], Sequence[Chart]] = field(default=lambda _: ())
    tiles: Callable[[Rows], Sequence[Tile]] = field(default=lambda _: ())
    shown_row_count: int = 12
    note: str = ""
    find: Callable[[Rows, Repository], Sequence[Finding]] = field(default=lambda *_: ())

    @property
    def query(self) -> str:
        """The SQL that answers the question, over marts only."""
        return files("pipeline_etl.reports.sections").joinpath(f"{self.name}.sql").read_text(encoding="utf-8")

    @property
    def needed_columns(self) -> tuple[tuple[str, str], ...]:
        """Every (mart, column) the query reads, to be looked up in the dbt manifest."""
        return tuple((mart, column) for mart, columns in self.reads.items() for column in columns)
