"""A report before it has a format: what HTML, Markdown, JSON and the terminal all say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.section import Column, Repository, Row, Section, Tile
from pipeline_etl.reports.wording import NUMERIC_UNITS, UNKNOWN, Unit, shown, web_address


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One value of a table as text, with the interval around it and the safe address it leads to, if any."""

    text: str
    interval: str
    href: str | None
    unit: Unit

    @property
    def is_code(self) -> bool:
        """Whether it is a name somebody chose."""
        return self.unit == "code" and self.text != UNKNOWN

    @property
    def is_number(self) -> bool:
        """Whether it stands right-aligned under its like."""
        return self.unit in NUMERIC_UNITS


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a section says of one repository. ``hidden_count`` is what the marts hold beyond the rows shown."""

    repository: Repository
    advice: str
    rows: Sequence[Row]
    charts: Sequence[Chart]
    tiles: Sequence[Tile]
    shown_rows: Sequence[Row]
    hidden_count: int


@dataclass(frozen=True, kw_only=True)
class SectionContent:
    """A section with its answer for every repository."""

    section: Section
    parts: Sequence[Part]

    @property
    def table_columns(self) -> tuple[Column, ...]:
        """Columns that a table shows."""
        return tuple(column for column in self.section.columns if column.is_in_table)

    @property
    def has_table(self) -> bool:
        """Whether any repository has rows to show; without, a note on how to read them would only puzzle."""
        return any(part.shown_rows for part in self.parts)


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """A whole report. ``as_of_at`` is the latest moment any repository is known up to: the report has no other time."""

    name: str
    title: str
    is_sample: bool
    as_of_at: datetime | None
    repositories: Sequence[Repository]
    sections: Sequence[SectionContent]


def cell(row: Row, column: Column) -> Cell:
    """The value of a column in a row, in words."""
    unit = row_unit(row, column)
    value = row[column.name]
    return Cell(
        text=shown(column.words.get(value, value) if column.words else value, unit),
        interval=_interval(row, column, unit),
        href=web_address(row[column.link]) if column.link and value is not None else None,
        unit=unit,
    )


def _interval(row: Row, column: Column, unit: Unit) -> str:
    if column.low is None or column.high is None or row[column.low] is None or row[column.high] is None:
        return ""
    return f"{shown(row[column.low], unit)} to {shown(row[column.high], unit)}"


def row_unit(row: Row, column: Column) -> Unit:
    """The unit of a value: the column's, or the row's own where rows differ."""
    own = row[column.unit_column] if column.unit_column else None
    return own if own in NUMERIC_UNITS else column.unit
