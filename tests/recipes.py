"""The queries of docs/recipes.md and their answers. ``python -m tests.recipes data/warehouse.duckdb`` writes the answers.

An answer is the table under its query, exactly what the query says of the sample.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

PAGE = Path(__file__).parents[1] / "docs" / "recipes.md"
RECIPE = re.compile(
    r"^## (?P<question>[^\n]+)\n\n```sql\n(?P<query>.*?)\n```\n(?P<answer>\n\|.*?\n(?=\n|\Z))?",
    re.DOTALL | re.MULTILINE,
)


def answered(page: str, connection: duckdb.DuckDBPyConnection) -> str:
    """The page with the answers that its queries give here."""

    def with_answer(recipe: re.Match[str]) -> str:
        result = connection.execute(recipe["query"])
        columns = [column[0] for column in result.description or ()]
        table = markdown_table(columns, result.fetchall())
        return f"## {recipe['question']}\n\n```sql\n{recipe['query']}\n```\n\n{table}\n"

    connection.execute("set TimeZone = 'UTC'")
    return RECIPE.sub(with_answer, page)


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as a table of Markdown."""
    lines = [columns, ["---"] * len(columns), *([_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Any) -> str:
    if value is None:
        return "\N{EN DASH}"
    if isinstance(value, float):
        return f"{value:.10g}"
    text = " ".join(str(value).split()).replace("|", "\\|")
    return (
        f"<{text}>"
        if text.startswith("https://")
        else text.replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")
    )


if __name__ == "__main__":
    with duckdb.connect(sys.argv[1], read_only=True) as warehouse:
        PAGE.write_text(answered(PAGE.read_text("utf-8"), warehouse), "utf-8")
