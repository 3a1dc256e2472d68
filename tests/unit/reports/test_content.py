"""Cells of a table, before they have a format."""

from dataclasses import replace
from datetime import UTC, datetime

from pipeline_etl.reports.content import cell, row_unit
from pipeline_etl.reports.section import Column, Finding
from pipeline_etl.wording import UNKNOWN


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


def test_the_first_screen_has_the_largest_of_each_section_before_the_second_of_any(content):
    def found(weight, tone="bad"):
        return Finding(text=f"{weight}", weight=weight, tone=tone)

    headlines, trends = (
        next(section for section in content.sections if section.section.name == name)
        for name in ("headlines", "weekly_trends")
    )

    def having(section, findings):
        changed = replace(section.section, find=lambda *_: findings)
        return replace(section, parts=[replace(section.parts[0], section=changed)])

    shown = replace(
        content,
        sections=[having(headlines, [found(3), found(5), found(4)]), having(trends, [found(1), found(5, "good")])],
    ).findings

    assert [(one.finding.weight, one.finding.tone) for one in shown] == [(5, "bad"), (5, "good"), (4, "bad")]


def test_what_is_sorted_by_is_the_value_and_not_its_words():
    row = {"seconds": 90.5, "at": datetime(2026, 3, 1, tzinfo=UTC), "name": "x", "none": None}

    assert [
        cell(row, Column(name=name, title="", unit=unit)).sort_key
        for name, unit in (("seconds", "seconds"), ("at", "date"), ("name", "code"), ("none", "seconds"))
    ] == ["90.5", "2026-03-01T00:00:00+00:00", None, ""]
