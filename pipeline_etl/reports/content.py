"""A report before it has a format: what HTML, Markdown, JSON and the terminal all say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.narrowing import NOT_NARROWED, Narrowing
from pipeline_etl.reports.section import Column, Finding, Repository, Row, Section, Tile
from pipeline_etl.wording import NUMERIC_UNITS, UNKNOWN, Unit, shown, web_address

FIRST_SCREEN: Final = 3
"""Findings a reader is shown before anything else."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One value of a table as text, with the interval around it and the safe address it leads to, if any."""

    text: str
    interval: str
    href: str | None
    unit: Unit
    sort_key: str | None = None
    """What a table is sorted by where that is not the text itself; empty for unknown, which comes last."""

    @property
    def is_code(self) -> bool:
        """Whether it is a name somebody chose, or a commit."""
        return self.unit in {"code", "sha"} and self.text != UNKNOWN

    @property
    def is_number(self) -> bool:
        """Whether it stands right-aligned under its like."""
        return self.unit in NUMERIC_UNITS


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a section says of one repository. ``hidden_count`` is what the marts hold beyond the rows shown."""

    section: Section
    repository: Repository
    advice: str
    rows: Sequence[Row]
    shown_rows: Sequence[Row]
    hidden_count: int

    @cached_property
    def charts(self) -> Sequence[Chart]:
        """Its charts, described when somebody looks: a terminal never does."""
        return self.section.draw(self.rows) if self.rows else ()

    @cached_property
    def tiles(self) -> Sequence[Tile]:
        """Numbers shown large."""
        return self.section.tiles(self.rows)

    @cached_property
    def findings(self) -> Sequence[Finding]:
        """What changed beyond chance."""
        return self.section.find(self.rows, self.repository) if self.rows else ()


@dataclass(frozen=True, kw_only=True)
class SectionContent:
    """A section with its answer for every repository; ``whole_reason`` says why it was not narrowed as asked."""

    section: Section
    parts: Sequence[Part]
    whole_reason: str = ""

    @property
    def table_columns(self) -> tuple[Column, ...]:
        """Columns that a table shows."""
        return tuple(column for column in self.section.columns if column.is_in_table)

    @property
    def has_table(self) -> bool:
        """Whether any repository has rows to show; without, a note on how to read them would only puzzle."""
        return any(part.shown_rows for part in self.parts)


@dataclass(frozen=True, kw_only=True)
class RankedFinding:
    """A finding with the section and the repository it is of."""

    section: Section
    repository: Repository
    finding: Finding


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """A whole report. ``as_of_at`` is the latest moment any repository is known up to: the report has no other time."""

    name: str
    title: str
    is_sample: bool
    as_of_at: datetime | None
    repositories: Sequence[Repository]
    sections: Sequence[SectionContent]
    narrowing: Narrowing = NOT_NARROWED

    @cached_property
    def findings(self) -> tuple[RankedFinding, ...]:
        """What changed most over all sections and repositories, the largest first; empty when nothing clearly did.

        The largest of each section has its place before the second of any; of two as large the one that got worse
        comes first.
        """
        found = [
            (place, RankedFinding(section=content.section, repository=part.repository, finding=finding))
            for content in self.sections
            for part in content.parts
            for place, finding in enumerate(sorted(part.findings, key=_by_size))
        ]
        chosen = sorted(found, key=lambda one: (one[0] > 0, _by_size(one[1].finding)))[:FIRST_SCREEN]
        return tuple(sorted((one for _, one in chosen), key=lambda one: _by_size(one.finding)))


def _by_size(finding: Finding) -> tuple[float, bool]:
    return -round(finding.weight, 6), finding.tone != "bad"


def cell(row: Row, column: Column) -> Cell:
    """The value of a column in a row, in words."""
    unit = row_unit(row, column)
    value = row[column.name]
    return Cell(
        text=shown(column.words.get(value, value) if column.words else value, unit),
        interval=_interval(row, column, unit),
        href=web_address(row[column.link]) if column.link and value is not None else None,
        unit=unit,
        sort_key=_sort_key(value, unit),
    )


def _sort_key(value: Any, unit: Unit) -> str | None:
    if value is None:
        return ""
    if unit in NUMERIC_UNITS:
        return f"{value:.6g}" if isinstance(value, float) else str(value)
    return value.isoformat() if unit in {"instant", "date"} else None


def _interval(row: Row, column: Column, unit: Unit) -> str:
    if column.low is None or column.high is None or row[column.low] is None or row[column.high] is None:
        return ""
    return f"{shown(row[column.low], unit)} to {shown(row[column.high], unit)}"


def row_unit(row: Row, column: Column) -> Unit:
    """The unit of a value: the column's, or the row's own where rows differ."""
    own = row[column.unit_column] if column.unit_column else None
    return own if own in NUMERIC_UNITS else column.unit
