"""Every section reads exactly the marts it declares, and answers in the columns and units it declares."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest

from pipeline_etl.reports import REPOSITORY_READS, SECTIONS, Section
from pipeline_etl.reports.content import row_unit
from pipeline_etl.reports.section import MATCHING
from tests.declared_marts import marts_ddl

PROJECT = Path(__file__).parents[3]
SCHEMA = marts_ddl()
FIRST_SCREEN = files("pipeline_etl.reports").joinpath("repositories.sql").read_text(encoding="utf-8")
QUERIES = [pytest.param(section.query, section.reads, id=section.name) for section in SECTIONS]
QUERIES.append(pytest.param(FIRST_SCREEN, REPOSITORY_READS, id="first_screen"))
EVERY_SECTION = pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)

TYPES = {
    "seconds": (float,),
    "ratio": (float,),
    "ratio_difference": (float,),
    "number": (float,),
    "count": (int,),
    "bytes": (int, float),
    "usd": (float,),
    "instant": (datetime,),
    "date": (date, datetime),
    "flag": (bool,),
    "text": (str,),
    "code": (str,),
    "sha": (str,),
    "url": (str,),
    "list": (list,),
}


def marts_of(reads: Mapping[str, Sequence[str]], types: Mapping[tuple[str, str], str]) -> duckdb.DuckDBPyConnection:
    """A database that holds these columns and nothing else."""
    connection = duckdb.connect()
    connection.execute("create schema marts")
    for mart, columns in reads.items():
        named = ", ".join(f"{column} {types[mart, column]}" for column in columns)
        connection.execute(f"create table marts.{mart} ({named})")
    return connection


@pytest.fixture(scope="module")
def marts_without_rows():
    """Every mart a report reads, for tests that write nothing."""
    with duckdb.connect() as connection:
        connection.execute(SCHEMA)
        yield connection


@pytest.fixture(scope="module")
def types(marts_without_rows) -> dict[tuple[str, str], str]:
    rows = marts_without_rows.execute(
        "select table_name, column_name, data_type from information_schema.columns where table_schema = 'marts'"
    ).fetchall()
    return {(mart, column): data_type for mart, column, data_type in rows}


@pytest.mark.parametrize(("query", "reads"), QUERIES)
def test_a_query_runs_on_the_columns_it_declares_alone(query, reads, types):
    with marts_of(reads, types) as connection:
        connection.execute(query)


@pytest.mark.parametrize(("query", "reads"), QUERIES)
def test_a_query_reads_every_column_it_declares(query, reads, types):
    unread = []
    with marts_of(reads, types) as connection:
        for mart, column in ((mart, column) for mart, columns in reads.items() for column in columns):
            connection.execute(f"alter table marts.{mart} rename column {column} to gone")
            try:
                connection.execute(f"explain {query}")
                unread.append((mart, column))
            except duckdb.BinderException:
                pass
            connection.execute(f"alter table marts.{mart} rename column gone to {column}")

    assert unread == []


@EVERY_SECTION
def test_a_query_answers_in_the_declared_columns(section: Section, marts_without_rows):
    marts_without_rows.execute(section.query)

    answered = [column[0] for column in marts_without_rows.description]

    assert answered == ["repository_id", *(column.name for column in section.columns), MATCHING]


@EVERY_SECTION
def test_needed_columns_are_pairs_of_mart_and_column(section: Section, types):
    assert section.needed_columns
    assert set(section.needed_columns) <= set(types)


@EVERY_SECTION
def test_values_have_the_type_of_their_unit(section: Section, content):
    rows = [row for found in content.sections if found.section is section for part in found.parts for row in part.rows]

    assert rows, "the marts of this test fill every section"
    for row in rows:
        for column in section.columns:
            if row[column.name] is not None:
                # Rows that each have a unit of their own share one column, and with it one type.
                shared = (float,) if column.unit_column else ()
                assert isinstance(row[column.name], (*TYPES[row_unit(row, column)], *shared)), column


@EVERY_SECTION
def test_links_lead_to_a_declared_column(section: Section):
    names = {column.name for column in section.columns}
    links = {column.link for column in section.columns if column.link}
    own_units = {column.unit_column for column in section.columns if column.unit_column}

    assert links | own_units <= names


@EVERY_SECTION
def test_the_sql_for_the_rest_runs_in_a_plain_shell(section: Section, marts_without_rows):
    marts_without_rows.execute(section.more_sql)


@EVERY_SECTION
def test_a_title_is_one_question(section: Section):
    assert section.question.endswith("?")
    assert section.question.count("?") == 1


@EVERY_SECTION
def test_what_its_numbers_mean_stands_under_a_heading_of_its_own(section: Section):
    page = (PROJECT / "docs" / "metrics.md").read_text("utf-8")
    anchors = {heading.lower().replace(" ", "-") for heading in re.findall(r"^##+ (.+)$", page, flags=re.MULTILINE)}

    assert section.definition in anchors
