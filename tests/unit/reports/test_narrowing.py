"""What a report can be narrowed to, and what is said where it cannot."""

from contextlib import suppress
from datetime import date

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_etl.errors import UnknownName
from pipeline_etl.reports import SECTIONS, Narrowing
from pipeline_etl.reports.narrowing import (
    columns_of_marts,
    known_name,
    make_narrowed,
    narrow,
    narrowed_query,
    possible,
    whole_reason,
)
from tests.declared_marts import declared_marts, marts_ddl

ASKED = Narrowing(workflow_name="CI", since=date(2026, 3, 1))
COLUMNS = {mart: list(columns) for mart, columns in declared_marts().items()}


@pytest.fixture(scope="module")
def marts():
    """Every mart, without a row, and what can be narrowed of them."""
    with duckdb.connect() as connection:
        connection.execute(marts_ddl())
        make_narrowed(connection, columns_of_marts(connection))
        yield connection


@pytest.mark.parametrize(
    ("said", "meant"),
    [("acme/shop", "acme/shop"), ("ACME/Shop", "acme/shop"), ("shop", "acme/shop"), ("acme/Shop", "acme/Shop")],
)
def test_a_name_is_known_as_written_or_in_another_case_or_by_its_end(said, meant):
    known = ["acme/tool", "acme/Shop", "acme/shop"] if meant == "acme/Shop" else ["acme/tool", "acme/shop"]

    assert known_name("repository", said, known) == meant


@given(said=st.text(min_size=1), known=st.lists(st.text(min_size=1), min_size=1))
def test_a_name_is_one_that_is_there_or_an_error_that_names_one(said, known):
    if any(name.casefold() == said.casefold() or name.casefold().endswith(f"/{said.casefold()}") for name in known):
        with suppress(UnknownName):  # two may end alike
            assert known_name("workflow", said, known) in known
    else:
        with pytest.raises(UnknownName, match="did you mean"):
            known_name("workflow", said, known)


def test_where_there_is_nothing_no_name_is_suggested():
    with pytest.raises(UnknownName, match="the warehouse holds none"):
        known_name("workflow", "CI", [])


def test_a_section_is_narrowed_by_what_every_mart_it_reads_knows():
    followed = {section.name: possible(section, ASKED, COLUMNS) for section in SECTIONS}

    assert followed["waits"] == ASKED
    assert followed["pipelines"] == Narrowing(workflow_name="CI")
    assert followed["flaky_tests"] == Narrowing()
    assert whole_reason(ASKED, followed["waits"]) == ""
    assert whole_reason(ASKED, followed["pipelines"]) == "Not narrowed by day: what it counts is not kept by day."
    assert "by workflow and day" in whole_reason(ASKED, followed["flaky_tests"])


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_every_query_runs_on_narrowed_marts(section, marts):
    narrow(marts, ASKED)

    marts.execute(narrowed_query(section, COLUMNS))

    assert marts.description[0][0] == "repository_id"


@pytest.mark.parametrize("name", ["CI", "it's", 'say "no"', "'; drop table marts.fct_jobs; --"])
def test_a_view_shows_rows_of_the_name_and_the_day_whatever_the_name_is(name, marts):
    with marts.cursor() as connection:
        connection.execute("delete from marts.fct_jobs")
        for workflow, day in ((name, "2026-03-01"), (name, "2026-02-28"), ("other", "2026-03-01"), (None, None)):
            connection.execute(
                "insert into marts.fct_jobs by name select ? as workflow_name, ?::timestamptz as created_at",
                [workflow, day],
            )
        make_narrowed(connection, columns_of_marts(connection))
        counts = []
        for narrowing in (
            Narrowing(),
            Narrowing(workflow_name=name),
            Narrowing(since=date(2026, 3, 1)),
            Narrowing(workflow_name=name, since=date(2026, 3, 1)),
        ):
            narrow(connection, narrowing)
            counts.append(connection.execute("select count(*) from temp.fct_jobs").fetchone()[0])

    assert counts == [4, 2, 2, 1]
