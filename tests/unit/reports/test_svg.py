"""Charts: the same drawing twice, hostile names as text, colours of the page, exact values on every mark."""

import xml.etree.ElementTree as ET
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_etl.reports.charts import Bar, Interval, Point, bars, intervals, weeks
from pipeline_etl.reports.svg import SVG, svg


def bar_chart(*names: str):
    return bars(
        [Bar(name=name, parts={"runs": 90.0, "waits": 30.5}, label="2 min") for name in names],
        title="Title",
        description="Description",
        series={"runs": "blue", "waits": "orange", "never": "red"},
        unit="seconds",
    )


def texts(drawing: str, tag: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(drawing).iter(f"{{{SVG}}}{tag}")]


def test_the_same_chart_is_drawn_the_same_twice():
    assert svg(bar_chart("a"), anchor="x") == svg(bar_chart("a"), anchor="x")


@settings(max_examples=15)
@given(st.text(max_size=60))
def test_any_name_is_drawn_as_text(name):
    root = ET.fromstring(svg(bar_chart(name), anchor="x"))

    tags = {element.tag.removeprefix(f"{{{SVG}}}") for element in root.iter()}

    assert tags <= {"svg", "g", "path", "line", "text", "title", "desc", "rect", "defs", "clipPath"}
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on") or "href" in name]


def test_every_mark_tells_its_exact_value():
    assert texts(svg(bar_chart("build"), anchor="x"), "title") == [
        "Title",
        "build, runs: 1 min 30 s",
        "build, waits: 30 s",
    ]


def test_two_names_that_shorten_to_the_same_stay_two_rows():
    long = [f"{'x' * 40}{middle}{'y' * 40}" for middle in "ab"]

    titles = texts(svg(bar_chart(*long), anchor="x"), "title")

    assert len(titles) == 1 + 2 * 2


def test_a_legend_names_what_is_drawn_and_nothing_else():
    assert dict(bar_chart("build").legend) == {"runs": "blue", "waits": "orange"}


def test_an_interval_that_is_not_known_is_a_dot_without_a_line():
    def lines(low: float | None, high: float | None) -> int:
        row = Interval(name="job", value=0.5, low=low, high=high, label="50 %")
        chart = intervals([row], title="t", description="d", unit="ratio")
        return sum("job: 50 %" in title for title in texts(svg(chart, anchor="x"), "title"))

    assert (lines(None, None), lines(0.4, 0.6)) == (1, 2)


def test_a_week_without_a_value_is_a_gap_and_an_incomplete_one_is_hollow():
    line = [
        Point(
            week=date(2026, 1, 5) + timedelta(weeks=week),
            value=None if week == 2 else 60.0,
            label="1 min",
            is_provisional=week == 4,
        )
        for week in range(5)
    ]
    chart = weeks({"median": line}, title="Duration", description="d", colours={"median": "blue"}, unit="seconds")

    drawing = svg(chart, anchor="x")

    titles = texts(drawing, "title")[1:]
    assert [title.split(":")[0] for title in titles] == [
        f"median, week of 2026-{day}" for day in ("01-05", "01-12", "01-26", "02-02")
    ]
    assert titles[-1].endswith("(week not complete)")
    assert drawing.count('fill="var(--paper)"') == 1
