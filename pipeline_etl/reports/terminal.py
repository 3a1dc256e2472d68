"""A report in a terminal: the sentence of every section, then its table, as wide as there is room.

Names are shown as they are and never read as markup. Into a file or a pipe goes the same text without a colour.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline_etl.reports.content import Part, ReportContent, SectionContent, cell
from pipeline_etl.reports.section import Column, Tile
from pipeline_etl.reports.sections.headlines import SECTION
from pipeline_etl.wording import UNKNOWN, instant, listed, plural, printable, shortened

STYLES: Final = {"good": "green", "bad": "red", "neutral": "dim"}
WIDEST: Final = 120
"""Longer lines are hard to follow, however wide the terminal."""

INDENT: Final = 2
GAP: Final = 2
MOST_LINES: Final = 3
"""Longer names lose their middle; the files have all of it."""

READABLE_NAME: Final = 24
"""Spare columns go before names and words get narrower than this."""

NARROWEST_NAME: Final = 14
"""The last columns go before names and words get narrower than this."""


@dataclass(kw_only=True, eq=False)
class Fit:
    """How one column is set: the width it has, and the least it can do with."""

    title: str
    width: int
    readable: int
    least: int
    is_number: bool
    is_spare: bool


def headline_table(content: ReportContent) -> Table:
    """Every headline of every repository."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    table.add_column("Last 30 days", justify="right")
    table.add_column("Change")
    for section in content.sections:
        if section.section.name != SECTION.name:
            continue
        for part in section.parts:
            table.add_row(Text(printable(part.repository.repository_name), style="bold"), "", "")
            _add_tiles(table, part.tiles, indent=2)
    return table


def tell_content(console: Console, content: ReportContent) -> None:
    """Print the report, a section at a time."""
    width = min(console.width, WIDEST)
    console.print(_title(content), width=width)
    for section in content.sections:
        console.print()
        console.print(Text(section.section.question, style="bold"), width=width)
        if section.whole_reason:
            console.print(Text(f"({section.whole_reason})", style="dim"), width=width)
        for part in section.parts:
            console.print(_indented(Group(*_part(section, part, width=width - INDENT))), width=width)
        if section.section.note and section.has_table:
            console.print(_indented(Text(section.section.note, style="dim")), width=width)


def _indented(said: RenderableType) -> Padding:
    return Padding(said, (0, 0, 0, INDENT), expand=False)


def _title(content: ReportContent) -> RenderableType:
    lines = [Text(content.title, style="bold underline")]
    if content.is_sample:
        lines.append(Text("The bundled sample. For your repositories: REPOSITORIES=owner/name and GITHUB_TOKEN."))
    if content.narrowing.words:
        lines.append(Text(f"Narrowed to {content.narrowing.words}."))
    if not content.repositories:
        lines.append(Text("The warehouse holds no repository yet, so there is nothing to report."))
    for repository in content.repositories:
        known = (
            f"{printable(repository.repository_name)}: {plural(repository.run_count, 'run')}, "
            f"{plural(repository.executed_job_count, 'job that ran', 'jobs that ran')}, "
            f"{plural(repository.test_execution_count, 'test result')}, known up to {instant(repository.as_of_at)}"
        )
        lines.append(Text(known + (" (an archive)" if repository.is_recorded_archive else "")))
    return Group(*lines)


def _part(section: SectionContent, part: Part, *, width: int) -> Iterator[RenderableType]:
    yield Text()
    yield Text(printable(part.repository.repository_name), style="bold cyan")
    yield Text(printable(part.advice))
    if part.tiles:
        tiles = Table(box=None, pad_edge=False, show_header=False)
        for _ in range(3):
            tiles.add_column()
        _add_tiles(tiles, part.tiles, indent=0)
        yield tiles
    elif part.shown_rows:
        yield from _table(section, part, width=width)
    if part.hidden_count > 0 and not part.tiles:
        yield Text(f"{plural(part.hidden_count, 'more row')} in the marts: {section.section.more_sql}", style="dim")


def _add_tiles(table: Table, tiles: Sequence[Tile], *, indent: int) -> None:
    for tile in tiles:
        table.add_row(
            Text(f"{' ' * indent}{printable(tile.title)}"),
            Text(tile.value, justify="right"),
            Text(tile.change, style=STYLES[tile.tone]),
        )


def _table(section: SectionContent, part: Part, *, width: int) -> Iterator[RenderableType]:
    columns = section.table_columns
    rows = [[cell(row, column) for column in columns] for row in part.shown_rows]
    fits = [
        _fit(column, [row[position].text for row in rows], is_number=rows[0][position].is_number)
        for position, column in enumerate(columns)
    ]
    shown = fitted(fits, width=width)
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="dim", show_edge=False)
    for fit in shown:
        table.add_column(
            Text(fit.title),
            justify="right" if fit.is_number else "left",
            width=fit.width,
            vertical="top",
            overflow="fold",
        )
    for row in rows:
        table.add_row(
            *(
                Text(shortened(row[fits.index(fit)].text, max(fit.width * MOST_LINES, 1)), overflow="fold")
                for fit in shown
            )
        )
    yield table
    left_out = [fit.title for fit in fits if fit not in shown]
    if left_out:
        yield Text(f"No room here for: {listed(left_out)}; the files have them.", style="dim")


def _fit(column: Column, texts: Sequence[str], *, is_number: bool) -> Fit:
    word = max((cell_len(part) for part in column.title.split()), default=0)
    natural = max(word, *(cell_len(text) for text in texts))
    readable, least = (
        natural if is_number else max(word, min(natural, width)) for width in (READABLE_NAME, NARROWEST_NAME)
    )
    is_unknown = all(text == UNKNOWN for text in texts)
    return Fit(
        title=column.title,
        width=natural,
        readable=readable,
        least=least,
        is_number=is_number,
        is_spare=column.is_spare or is_unknown,
    )


def fitted(fits: Sequence[Fit], *, width: int) -> list[Fit]:
    """The columns that have room, each as wide as there is room for.

    The widest name gives way first; then go spare columns and those in which nothing is known, then the last ones.
    """
    shown = list(fits)
    while sum(fit.readable for fit in shown) + GAP * (len(shown) - 1) > width:
        spare = [fit for fit in shown if fit.is_spare]
        if not spare or len(shown) == 1:
            break
        shown.remove(spare[-1])
    while len(shown) > 1 and sum(fit.least for fit in shown) + GAP * (len(shown) - 1) > width:
        shown.pop()
    while sum(fit.width for fit in shown) + GAP * (len(shown) - 1) > width:
        giving = [fit for fit in shown if fit.width > fit.least]
        if not giving:
            break
        max(giving, key=lambda fit: fit.width).width -= 1
    return shown
