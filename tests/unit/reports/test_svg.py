"""Drawings: the same twice, hostile names as text, exact values on every mark."""

import xml.etree.ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_etl.reports.charts import Bar, bars
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


@settings(max_examples=8)
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
