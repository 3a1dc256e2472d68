"""Cells of a table, before they have a format."""

from pipeline_etl.reports.content import cell, row_unit
from pipeline_etl.reports.section import Column
from pipeline_etl.reports.wording import UNKNOWN


def test_a_value_comes_with_its_interval_and_its_link():
    column = Column(name="saving_seconds", title="Gain", unit="seconds", low="low", high="high", link="url")
    row = {"saving_seconds": 60.0, "low": 50.0, "high": 70.0, "url": "https://github.com/a/b"}

    shown = cell(row, column)

    assert (shown.text, shown.interval, shown.href) == ("1 min", "50 s to 1 min 10 s", "https://github.com/a/b")
    assert shown.is_number


def test_half_an_interval_is_none_and_an_unknown_value_leads_nowhere():
    column = Column(name="saving_seconds", title="Gain", unit="seconds", low="low", high="high", link="url")

    shown = cell({"saving_seconds": None, "low": 50.0, "high": None, "url": "https://github.com/a/b"}, column)

    assert (shown.interval, shown.href) == ("", None)


def test_a_hostile_address_is_no_link():
    column = Column(name="name", title="Name", unit="code", link="url")

    assert cell({"name": "x", "url": "javascript:alert(1)"}, column).href is None


def test_a_row_may_have_a_unit_of_its_own_if_we_know_it():
    column = Column(name="value", title="Value", unit="number", unit_column="unit")

    assert row_unit({"value": 1.0, "unit": "ratio"}, column) == "ratio"
    assert row_unit({"value": 1.0, "unit": "furlongs"}, column) == "number"


def test_words_of_a_closed_list_are_translated_and_new_ones_kept():
    column = Column(name="word", title="Class", unit="text", words={"env_broken": "broken in one environment"})

    assert cell({"word": "env_broken"}, column).text == "broken in one environment"
    assert cell({"word": "haunted"}, column).text == "haunted"
    assert cell({"word": None}, column).text == UNKNOWN
