from collections.abc import Iterator
from functools import cache
from pathlib import Path

import duckdb
import pytest
import yaml

from pipeline_etl.contracts.render import (
    LOAD_NUMBER,
    SOURCE_TABLES,
    WAREHOUSE_TABLES,
    dbt_sources,
    duckdb_columns,
    duckdb_ddl,
    stale_files,
    tables_markdown,
    write_rendered,
)
from pipeline_etl.contracts.tables import TABLES, LogLines, PageValidators, Payloads, Table, grain, table_name
from pipeline_etl.contracts.vocabulary import FailureClass, words


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA raw")
        yield connection


def described(database: duckdb.DuckDBPyConnection, table: Table) -> list[tuple[str, str, str]]:
    return [row[:3] for row in database.execute(f"DESCRIBE raw.{table_name(table)}").fetchall()]


@cache
def sources() -> dict[str, dict]:
    (source,) = yaml.safe_load(dbt_sources())["sources"]
    return {table["name"]: table for table in source["tables"]}


@pytest.mark.parametrize("table", WAREHOUSE_TABLES, ids=table_name)
def test_duckdb_reports_back_the_types_and_nulls_that_are_declared(
    database: duckdb.DuckDBPyConnection, table: Table
) -> None:
    database.execute(duckdb_ddl(table))
    nulls = ["YES" if column.nullable else "NO" for column in table.columns().values()]

    expected = [
        (name, kind, null) for (name, kind), null in zip(duckdb_columns(table).items(), [*nulls, "NO"], strict=True)
    ]

    assert described(database, table) == expected
    assert expected[-1][0] == LOAD_NUMBER


def test_making_a_table_twice_changes_nothing(database: duckdb.DuckDBPyConnection) -> None:
    for _ in range(2):
        database.execute(duckdb_ddl(WAREHOUSE_TABLES[0]))

    assert database.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (1,)


def test_sql_sees_every_table_but_the_two_that_serve_extraction_alone() -> None:
    assert set(TABLES) - set(SOURCE_TABLES) == {PageValidators, Payloads}
    assert list(sources()) == [table_name(table) for table in SOURCE_TABLES]


@pytest.mark.parametrize("table", SOURCE_TABLES, ids=table_name)
def test_a_source_says_grain_meaning_and_type(table: Table) -> None:
    source = sources()[table_name(table)]

    assert source["description"] == grain(table)
    assert {column["name"]: column["data_type"] for column in source["columns"]} == {
        name: kind.lower() for name, kind in duckdb_columns(table).items()
    }
    assert all(column["description"].endswith(".") for column in source["columns"])


def test_a_view_over_the_lake_has_no_load_number() -> None:
    assert LOAD_NUMBER not in duckdb_columns(LogLines)


def test_a_source_has_at_most_one_test_and_it_holds_the_widest_vocabulary() -> None:
    tests = {
        (name, column["name"]): column["data_tests"]
        for name, source in sources().items()
        for column in source["columns"]
        if "data_tests" in column
    }

    assert len({name for name, _ in tests}) == len(tests)
    assert tests["log_findings", "failure_class"] == [
        {"accepted_values": {"arguments": {"values": list(words(FailureClass))}}}
    ]


def test_the_page_of_tables_tells_every_column_and_the_words_it_may_hold() -> None:
    page = tables_markdown()

    for table in TABLES:
        section = page.split(f"\n## {table_name(table)}\n")[1].split("\n## ")[0]
        assert [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")] == list(table.columns())
    assert "One of `high`, `medium`, `low`." in page


def test_what_is_rendered_once_is_fresh_until_someone_edits_it(tmp_path: Path) -> None:
    written = write_rendered(tmp_path)

    assert stale_files(tmp_path) == []
    assert write_rendered(tmp_path) == []
    (tmp_path / written[0]).write_text("edited", encoding="utf-8")
    assert stale_files(tmp_path) == [written[0]]
