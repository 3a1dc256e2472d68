"""What a column is called means one thing, everywhere."""

from collections import defaultdict

import pytest

from pipeline_etl.contracts.naming import check_columns
from pipeline_etl.contracts.render import duckdb_columns, duckdb_type
from pipeline_etl.contracts.tables import TABLES, Table, grain, table_name

CONTEXT = {"provider", "repository_id", "extracted_at"}


@pytest.mark.parametrize("table", TABLES, ids=table_name)
def test_every_stored_column_keeps_the_grammar_of_names(table: Table) -> None:
    assert check_columns(duckdb_columns(table).items()) == []


def test_a_column_name_has_one_description_over_all_tables() -> None:
    descriptions = defaultdict(set)
    for table in TABLES:
        for name, column in table.columns().items():
            descriptions[name].add((column.metadata or {})["description"])

    assert {name: said for name, said in descriptions.items() if len(said) > 1} == {}


def test_a_column_name_has_one_type_over_all_tables() -> None:
    types = defaultdict(set)
    for table in TABLES:
        for name, column in table.columns().items():
            types[name].add(duckdb_type(column))

    assert {name: found for name, found in types.items() if len(found) > 1} == {}


@pytest.mark.parametrize("table", TABLES, ids=table_name)
def test_every_table_says_its_grain_and_has_a_key_and_the_columns_of_context(table: Table) -> None:
    assert grain(table).startswith("One row per ")
    assert grain(table).endswith(".")
    assert set(table.primary_key()) >= {"provider", "repository_id"}
    assert set(table.columns()) >= CONTEXT
    assert "extracted_at" not in table.primary_key()
