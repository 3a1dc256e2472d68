"""Charts: what is drawn, what is a gap, and how long times are written."""

import xml.etree.ElementTree as ET
from datetime import date, timedelta

import pytest

from pipeline_etl.reports.charts import Bar, Interval, Point, bars, intervals, weeks
from pipeline_etl.reports.svg import SVG, svg


def bar_chart(parts: dict[str, float]):
    series = {"runs": "blue", "waits": "orange", "never": "red"}
    return bars([Bar(name="build", parts=parts)], title="Title", description="d", series=series, unit="seconds")


def tooltips(chart) -> list[str]:
    titles = [element.text or "" for element in ET.fromstring(svg(chart, anchor="x")).iter(f"{{{SVG}}}title")]
    return titles[1:]


def test_a_legend_names_what_is_drawn_and_nothing_else():
    assert dict(bar_chart({"runs": 90.0, "waits": 30.0, "never": 0.0}).legend) == {"runs": "blue", "waits": "orange"}


@pytest.mark.parametrize(
    ("peak", "unit"), [(119.0, "seconds"), (120.0, "minutes"), (7199.0, "minutes"), (7200.0, "hours")]
)
def test_long_times_are_drawn_in_long_units(peak, unit):
    assert f'"title": "{unit}"' in str(bar_chart({"runs": peak}).spec).replace("'", '"')


@pytest.mark.parametrize(("peak", "unit"), [(1999.0, "bytes"), (2e3, "kB"), (1.9e9, "MB"), (2e9, "GB"), (5e12, "TB")])
def test_large_sizes_are_drawn_in_large_units(peak, unit):
    chart = bars(
        [Bar(name="dist", parts={"held": peak})], title="", description="", series={"held": "blue"}, unit="bytes"
    )

    assert f'"title": "{unit}"' in str(chart.spec).replace("'", '"')


def test_weeks_of_one_chart_have_no_legend_and_of_two_have_one():
    def legend(*names: str):
        lines = {name: [Point(week=date(2026, 1, 5), value=1.0, label="1")] for name in names}
        colours = dict.fromkeys(names, "blue")
        return weeks(lines, title="t", description="d", colours=colours, unit="count").legend

    assert list(legend("a")) == []
    assert list(legend("a", "b")) == ["a", "b"]


def test_an_interval_that_is_not_known_is_a_dot_without_a_line():
    def lines(low: float | None, high: float | None) -> int:
        row = Interval(name="job", value=0.5, low=low, high=high, label="50 %")
        chart = intervals([row], title="t", description="d", unit="ratio")
        return tooltips(chart).count("job: 50 %")

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

    titles = tooltips(chart)
    assert [title.split(":")[0] for title in titles] == [
        f"median, week of 2026-{day}" for day in ("01-05", "01-12", "01-26", "02-02")
    ]
    assert titles[-1].endswith("(week not complete)")
    assert drawing.count('fill="var(--paper)"') == 1


@pytest.mark.parametrize(("peak", "ticks"), [(1.0, ["0", "1", "2", "3", "4"]), (33.0, ["0", "10", "20", "30"])])
def test_half_a_thing_is_never_counted(peak, ticks):
    line = [Point(week=date(2026, 1, 5) + timedelta(weeks=week), value=peak * week, label="x") for week in range(2)]
    chart = weeks({"tests": line}, title="Tests", description="d", colours={"tests": "red"}, unit="count")

    drawn = [element.text for element in ET.fromstring(svg(chart, anchor="x")).iter(f"{{{SVG}}}text")]

    assert [text for text in drawn if text.isdigit()] == ticks
