"""The headline numbers for the end of a command."""

from typing import Final

from rich.table import Table
from rich.text import Text

from pipeline_etl.reports.content import ReportContent
from pipeline_etl.reports.sections.headlines import SECTION
from pipeline_etl.reports.wording import printable

STYLES: Final = {"good": "green", "bad": "red", "neutral": "dim"}


def headline_table(content: ReportContent) -> Table:
    """Every headline of every repository; names are shown as they are, never read as markup."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    table.add_column("Last 30 days", justify="right")
    table.add_column("Change")
    for section in content.sections:
        if section.section.name != SECTION.name:
            continue
        for part in section.parts:
            table.add_row(Text(printable(part.repository.repository_name), style="bold"), "", "")
            for tile in part.tiles:
                table.add_row(
                    Text(f"  {printable(tile.title)}"), Text(tile.value), Text(tile.change, style=STYLES[tile.tone])
                )
    return table
