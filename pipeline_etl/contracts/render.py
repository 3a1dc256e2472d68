"""What the declared tables look like elsewhere: DuckDB DDL, dbt sources, documentation.

Pure but for ``write_rendered``. A test renders again and compares, so the files cannot be edited into a second truth.
"""

from pathlib import Path
from typing import Any, Final

import dataframely as dy
import polars as pl
import yaml

from pipeline_etl.contracts.tables import LAKE_ONLY, TABLES, LogLines, Table, grain, table_name

WAREHOUSE_TABLES: Final[tuple[Table, ...]] = tuple(table for table in TABLES if table not in LAKE_ONLY)
"""Tables whose rows are copied into the warehouse file."""

SOURCE_TABLES: Final[tuple[Table, ...]] = tuple(table for table in TABLES if table not in LAKE_ONLY - {LogLines})
"""What SQL can read under ``raw``: the copied tables, and the view over the log lines of the lake."""

LOAD_NUMBER: Final = "load_number"
"""The one column of ``raw`` that no lake file holds."""

_LOAD_NUMBER_DESCRIPTION: Final = "Ordinal of the load that brought the row into the warehouse; it only grows."
_RENDERED: Final = "Rendered from pipeline_etl/contracts/tables by `make contracts`; never edited."


def duckdb_type(column: dy.Column) -> str:
    """The DuckDB type of a declared column, spelled as DuckDB itself reports it."""
    return _duckdb_type(column.dtype)


def duckdb_columns(table: Table) -> dict[str, str]:
    """Name to DuckDB type of the columns of ``raw.<table>``, in order, ``load_number`` last where rows are copied."""
    columns = {name: duckdb_type(column) for name, column in table.columns().items()}
    return columns if table in LAKE_ONLY else {**columns, LOAD_NUMBER: "BIGINT"}


def duckdb_ddl(table: Table) -> str:
    """The statement that makes ``raw.<table>`` unless it exists.

    No PRIMARY KEY: raw keeps every look at a thing, and the key is unique among the latest looks only.
    """
    nullable = {name for name, column in table.columns().items() if column.nullable}
    lines = ",\n".join(
        f"    {name} {kind}{'' if name in nullable else ' NOT NULL'}" for name, kind in duckdb_columns(table).items()
    )
    return f"CREATE TABLE IF NOT EXISTS raw.{table_name(table)} (\n{lines}\n)"


def dbt_sources() -> str:
    """The YAML that tells dbt of ``raw``.

    At most one test per table, on its widest vocabulary: each costs 30 ms, nulls are refused by the tables themselves,
    and keys are tested in staging, where one look is left.
    """
    source = {
        "name": "raw",
        "schema": "raw",
        "description": "The lake's rows as they were read, every look at a thing; staging keeps the latest.",
        "tables": [_dbt_table(table) for table in SOURCE_TABLES],
    }
    document: dict[str, Any] = {"version": 2, "sources": [source]}
    body = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    return f"# {_RENDERED}\n{body}"


def tables_markdown() -> str:
    """The page that describes every stored table."""
    contents = "\n".join(f"* [{name}](#{name}): {grain(table)}" for table in TABLES for name in [table_name(table)])
    head = f"""<!-- {_RENDERED} -->

# Tables

What the lake stores, and what `raw` in the warehouse shows. Every look at a thing is a row; of two rows with one key
the one with the later `extracted_at` stands. Instants are UTC, durations seconds, sizes bytes. Null means unknown or
not applicable, never zero. In the warehouse every copied table has one column more: `{LOAD_NUMBER}`.
{_LOAD_NUMBER_DESCRIPTION}

{contents}
"""
    return head + "".join(_table_markdown(table) for table in TABLES)


def stale_files(project_root: Path) -> list[Path]:
    """Rendered files that are missing below a checkout or differ from what would be rendered; relative paths."""
    return [path for path, content in _rendered_files().items() if not _holds(project_root / path, content)]


def write_rendered(project_root: Path) -> list[Path]:
    """Write the stale ones of the rendered files below a checkout; their relative paths."""
    stale = stale_files(project_root)
    for path in stale:
        (project_root / path).parent.mkdir(parents=True, exist_ok=True)
        (project_root / path).write_text(_rendered_files()[path], encoding="utf-8")
    return stale


def _rendered_files() -> dict[Path, str]:
    return {Path("dbt/models/staging/_sources.yml"): dbt_sources(), Path("docs/tables.md"): tables_markdown()}


def _holds(path: Path, content: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == content


def _duckdb_type(dtype: pl.DataType) -> str:
    if isinstance(dtype, pl.List):
        return f"{_duckdb_type(dtype.inner)}[]"  # type: ignore[arg-type] # declared with instances, never classes
    if isinstance(dtype, pl.Datetime):
        return "TIMESTAMP WITH TIME ZONE"
    # A word is text in SQL: an ENUM would have to be rebuilt whenever a vocabulary grows.
    kinds: dict[type[pl.DataType], str] = {
        pl.String: "VARCHAR",
        pl.Enum: "VARCHAR",
        pl.Int64: "BIGINT",
        pl.Float64: "DOUBLE",
        pl.Boolean: "BOOLEAN",
    }
    return kinds[type(dtype)]


def _description(column: dy.Column) -> str:
    return str((column.metadata or {})["description"])


def _vocabulary(column: dy.Column) -> list[str]:
    return list(column.dtype.categories) if isinstance(column.dtype, pl.Enum) else []


def _widest_vocabulary(table: Table) -> str | None:
    """The column with the most words, the provider left out: it is part of every key and of every path."""
    sizes = {name: len(_vocabulary(column)) for name, column in table.columns().items() if not column.primary_key}
    widest = max(sizes, key=lambda name: sizes[name])
    return widest if sizes[widest] else None


def _dbt_table(table: Table) -> dict[str, Any]:
    tested = _widest_vocabulary(table)
    columns: list[dict[str, Any]] = []
    for name, column in table.columns().items():
        entry: dict[str, Any] = {
            "name": name,
            "description": _description(column),
            "data_type": duckdb_type(column).lower(),
        }
        if name == tested:
            entry["data_tests"] = [{"accepted_values": {"arguments": {"values": _vocabulary(column)}}}]
        columns.append(entry)
    if table not in LAKE_ONLY:
        columns.append({"name": LOAD_NUMBER, "description": _LOAD_NUMBER_DESCRIPTION, "data_type": "bigint"})
    return {"name": table_name(table), "description": grain(table), "columns": columns}


def _place(table: Table) -> str:
    if table is LogLines:
        return " In the lake; `raw.log_lines` is a view over its files."
    if table in LAKE_ONLY:
        return " In the lake only."
    return ""


def _table_markdown(table: Table) -> str:
    rows = "\n".join(
        f"| `{name}` | {duckdb_type(column).lower()} | {_presence(column)} | {_meaning(column)} |"
        for name, column in table.columns().items()
    )
    return f"""
## {table_name(table)}

{grain(table)}{_place(table)}

| column | type | | meaning |
|---|---|---|---|
{rows}
"""


def _presence(column: dy.Column) -> str:
    if column.primary_key:
        return "key"
    return "or null" if column.nullable else ""


def _meaning(column: dy.Column) -> str:
    words = _vocabulary(column)
    sentence = _description(column).replace("|", "\\|")
    return f"{sentence} One of {', '.join(f'`{word}`' for word in words)}." if words else sentence
