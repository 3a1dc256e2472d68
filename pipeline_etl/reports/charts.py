"""One look for every chart: Altair describes it, vl-convert draws it as SVG, without network and without fonts.

Colours are CSS variables, so one SVG is right in light, in dark and on paper. Sizes never depend on the fonts of the
machine that draws: labels are placed, not measured, and legends are the page's business. Every chart carries a title,
a text that says what it shows, and the exact value of each mark as its tooltip.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

import altair as alt
import vl_convert

from pipeline_etl.reports.wording import HOUR, MINUTE, Unit, shortened, shown

Colour = Literal["blue", "orange", "green", "purple", "red", "grey", "sky"]
"""Names of CSS variables; the hues of Okabe and Ito, told apart with any kind of colour vision."""

FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
NAME_WIDTH: Final = 250
NAME_LENGTH: Final = 38
WIDE: Final = 900
SMALL: Final = 440
ROW_HEIGHT: Final = 26
SVG: Final = "http://www.w3.org/2000/svg"


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A drawing not drawn yet: its Vega-Lite specification with what a reader who cannot see it needs.

    ``legend`` is label → colour; charts with one series have none. Small charts stand side by side.
    """

    title: str
    description: str
    spec: Mapping[str, Any]
    legend: Mapping[str, Colour]
    is_small: bool = False


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One row of a bar chart: a name, its parts by series, and the words at its end."""

    name: str
    parts: Mapping[str, float]
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """One row of an interval chart: a value with what it may as well be."""

    name: str
    value: float
    low: float | None
    high: float | None
    label: str
    colour: Colour = "blue"


@dataclass(frozen=True, kw_only=True)
class Point:
    """One week of a line; a null value is a gap, never a zero. A provisional week is drawn hollow."""

    week: date
    value: float | None
    label: str
    low: float | None = None
    high: float | None = None
    is_provisional: bool = False


def bars(
    rows: Sequence[Bar], *, title: str, description: str, series: Mapping[str, Colour], unit: Unit, is_share: bool = False
) -> Chart:
    """Horizontal bars, stacked when there is more than one series; ``is_share`` fixes the axis at 0 to 100 %."""
    peak = max((sum(row.parts.values()) for row in rows), default=0.0)
    axis = _Axis.of(unit, peak)
    data = [
        {
            "row": index,
            "series": position,
            "value": row.parts[name] / axis.divisor,
            "tip": f"{shortened(row.name)}, {name}: {axis.words(row.parts[name])}",
        }
        for index, row in enumerate(rows)
        for position, name in enumerate(series)
        if row.parts.get(name)
    ]
    colours = [f"var(--{colour})" for colour in series.values()]
    x = alt.X("value:Q", stack="zero", title=axis.title, axis=axis.style, scale=axis.scale(1.0 if is_share else None))
    base = alt.Chart(alt.Data(values=data)).encode(y=_rows(len(rows)))
    marks = base.mark_bar(height=15).encode(
        x=x,
        order=alt.Order("series:Q"),
        color=alt.Color("series:N", legend=None, scale=alt.Scale(domain=list(range(len(colours))), range=colours)),
        description="tip:N",
    )
    labels = [
        {"row": index, "end": sum(row.parts.values()) / axis.divisor, "label": row.label}
        for index, row in enumerate(rows)
        if row.label
    ]
    ends = _text(labels, "label", count=len(rows), align="left", dx=6, colour="muted").encode(x="end:Q")
    return _wide([marks, ends], names=[row.name for row in rows], title=title, description=description, legend=series)


def intervals(
    rows: Sequence[Interval],
    *,
    title: str,
    description: str,
    unit: Unit,
    legend: Mapping[str, Colour] | None = None,
    thresholds: Sequence[float] = (),
) -> Chart:
    """A dot per row with the line of what the value may as well be; thresholds are dashed."""
    peak = max((value for row in rows for value in (row.value, row.high) if value is not None), default=0.0)
    axis = _Axis.of(unit, peak)
    data = [
        {
            "row": index,
            "value": row.value / axis.divisor,
            "low": None if row.low is None else row.low / axis.divisor,
            "high": None if row.high is None else row.high / axis.divisor,
            "colour": f"var(--{row.colour})",
            "end": max(row.value, row.high or row.value) / axis.divisor,
            "label": row.label,
            "tip": f"{shortened(row.name)}: {row.label}",
        }
        for index, row in enumerate(rows)
    ]
    base = alt.Chart(alt.Data(values=data)).encode(
        y=_rows(len(rows)), color=alt.Color("colour:N", scale=None), description="tip:N"
    )
    scale = axis.scale(1.0 if thresholds else None)
    dots = base.mark_circle(size=90, opacity=1).encode(
        x=alt.X("value:Q", title=axis.title, axis=axis.style, scale=scale)
    )
    lines = base.transform_filter("isValid(datum.low) && isValid(datum.high)").mark_rule(strokeWidth=3, opacity=0.45)
    ends = _text(data, "label", count=len(rows), align="left", dx=9, colour="muted").encode(x="end:Q")
    rules = [
        alt.Chart(alt.Data(values=[{"at": at}])).mark_rule(strokeDash=[4, 4], color="var(--muted)").encode(x="at:Q")
        for at in thresholds
    ]
    return _wide(
        [*rules, lines.encode(x="low:Q", x2="high:Q"), dots, ends],
        names=[row.name for row in rows],
        title=title,
        description=description,
        legend=legend or {},
    )


def weeks(
    lines: Mapping[str, Sequence[Point]],
    *,
    title: str,
    description: str,
    colours: Mapping[str, Colour],
    unit: Unit,
    is_wide: bool = False,
) -> Chart:
    """A chart, small unless ``is_wide``, of lines over weeks, with a band where a value has an interval; ratios keep 0 to 100 %."""
    values = [value for line in lines.values() for point in line for value in (point.value, point.high) if value is not None]
    axis = _Axis.of(unit, max(values, default=0.0))
    data = [
        {
            "week": f"{point.week.isoformat()}T00:00:00Z",
            "line": position,
            "value": None if point.value is None else point.value / axis.divisor,
            "low": None if point.low is None else point.low / axis.divisor,
            "high": None if point.high is None else point.high / axis.divisor,
            "fill": "var(--paper)" if point.is_provisional else f"var(--{colours[name]})",
            "tip": f"{name}, week of {point.week.isoformat()}: {point.label}"
            + (" (week not complete)" if point.is_provisional else ""),
        }
        for position, (name, line) in enumerate(lines.items())
        for point in line
    ]
    mondays = sorted({row["week"] for row in data})
    scale = alt.Scale(domain=list(range(len(lines))), range=[f"var(--{colours[name]})" for name in lines])
    x = alt.X(
        "week:T",
        title=None,
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(format="%-d %b", values=_some(mondays), grid=False, domain=True, domainColor="var(--grid)"),
    )
    base = alt.Chart(alt.Data(values=data)).encode(x=x, color=alt.Color("line:N", scale=scale, legend=None))
    y = alt.Y("value:Q", title=None, axis=axis.style_with(tick_count=4), scale=axis.scale(1.0 if unit == "ratio" else None))
    band = base.mark_area(opacity=0.16, strokeWidth=0)
    line = base.mark_line(strokeWidth=2, interpolate="linear").encode(y=y)
    dots = (
        base.transform_filter("isValid(datum.value)")
        .mark_point(size=34, strokeWidth=1.8, opacity=1)
        .encode(y=y, fill=alt.Fill("fill:N", scale=None), description="tip:N")
    )
    layered = alt.layer(band.encode(y=alt.Y("low:Q"), y2="high:Q", fill=alt.Fill("line:N", scale=scale, legend=None)), line, dots)
    return Chart(
        title=title if axis.title is None else f"{title}, {axis.title}",
        description=description,
        spec=_finished(layered, width=(WIDE if is_wide else SMALL) - 68, height=118, left=48, right=20, bottom=28),
        legend={name: colours[name] for name in lines} if len(lines) > 1 else {},
        is_small=not is_wide,
    )


def svg(chart: Chart, *, anchor: str) -> str:
    """The chart as an SVG element for a page; ``anchor`` makes the identifiers in it unique there."""
    ET.register_namespace("", SVG)
    root = ET.fromstring(vl_convert.vegalite_to_svg(dict(chart.spec)))  # noqa: S314 - our own drawing, no entities
    _name_uniquely(root, anchor=anchor)
    for parent in root.iter():
        for child in list(parent):
            if child.get("class") in {"background", "foreground"} and child.get("fill") is None:
                parent.remove(child)
    for element in root.iter():
        label = element.attrib.pop("aria-label", None)
        is_mark = element.attrib.pop("role", None) == "graphics-symbol" and element.tag != f"{{{SVG}}}g"
        if label and is_mark:
            ET.SubElement(element, f"{{{SVG}}}title").text = label
        for attribute in ("class", "aria-roledescription", "aria-hidden", "pointer-events", "font-family"):
            element.attrib.pop(attribute, None)
    for tag, text in (("desc", chart.description), ("title", chart.title)):
        element = ET.Element(f"{{{SVG}}}{tag}", {"id": f"{anchor}-{tag}"})
        element.text = text
        root.insert(0, element)
    root.set("role", "img")
    root.set("aria-labelledby", f"{anchor}-title {anchor}-desc")
    return ET.tostring(root, encoding="unicode")


@dataclass(frozen=True, kw_only=True)
class _Axis:
    """How the values of a chart are written along their axis."""

    unit: Unit
    divisor: float
    title: str | None
    number_format: str

    @classmethod
    def of(cls, unit: Unit, peak: float) -> "_Axis":
        if unit == "ratio":
            return cls(unit=unit, divisor=1.0, title=None, number_format=".0%")
        if unit == "seconds":
            for size, title in ((HOUR, "hours"), (MINUTE, "minutes")):
                if peak >= 2 * size:
                    return cls(unit=unit, divisor=size, title=title, number_format=",~r")
            return cls(unit=unit, divisor=1.0, title="seconds", number_format=",~r")
        return cls(unit=unit, divisor=1.0, title=None, number_format=",~r")

    @property
    def style(self) -> alt.Axis:
        return self.style_with(tick_count=6)

    def style_with(self, *, tick_count: int) -> alt.Axis:
        return alt.Axis(format=self.number_format, tickCount=tick_count)

    def scale(self, top: float | None) -> alt.Scale:
        return alt.Scale(zero=True) if top is None else alt.Scale(domain=[0, top])

    def words(self, value: float) -> str:
        return shown(value, self.unit)


def _rows(count: int) -> alt.Y:
    """Rows by position: two names that look the same after shortening stay two rows."""
    return alt.Y("row:O", axis=None, scale=alt.Scale(domain=list(range(count)), paddingInner=0.3, paddingOuter=0.15))


def _some(moments: Sequence[str], *, most: int = 6) -> list[str]:
    """At most ``most`` of the moments, evenly spread, the last one among them."""
    stride = -(-len(moments) // most) or 1
    return list(moments[::-1][::stride][::-1])


def _text(data: Sequence[Mapping[str, Any]], field: str, *, count: int, align: str, dx: int, colour: str) -> alt.Chart:
    return (
        alt.Chart(alt.Data(values=list(data)))
        .mark_text(align=align, baseline="middle", dx=dx, fontSize=12, color=f"var(--{colour})", aria=False)
        .encode(y=_rows(count), text=f"{field}:N")
    )


def _wide(
    layers: Sequence[alt.Chart], *, names: Sequence[str], title: str, description: str, legend: Mapping[str, Colour]
) -> Chart:
    """A chart of named rows over the whole width of the page."""
    labels = [{"row": index, "name": shortened(name, NAME_LENGTH)} for index, name in enumerate(names)]
    left = _text(labels, "name", count=len(names), align="right", dx=-10, colour="ink").encode(x=alt.value(0))
    return Chart(
        title=title,
        description=description,
        spec=_finished(
            alt.layer(*layers, left),
            width=WIDE - NAME_WIDTH - 130,
            height=max(len(names), 1) * ROW_HEIGHT,
            left=NAME_WIDTH,
            right=130,
            bottom=42,
        ),
        legend=legend if len(legend) > 1 else {},
    )


def _finished(chart: alt.LayerChart, *, width: int, height: int, left: int, right: int, bottom: int) -> dict[str, Any]:
    spec: dict[str, Any] = (
        chart.properties(
            width=width,
            height=height,
            padding={"left": left, "right": right, "top": 8, "bottom": bottom},
            autosize=alt.AutoSizeParams(type="none"),
            background="transparent",
        )
        .configure(font=FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor="var(--muted)",
            titleColor="var(--muted)",
            gridColor="var(--grid)",
            domain=False,
            ticks=False,
            labelPadding=6,
            labelFontSize=11,
            titleFontSize=11,
            titleFontWeight="normal",
        )
        .to_dict()
    )
    return spec


def _name_uniquely(root: ET.Element, *, anchor: str) -> None:
    """Vega counts its clip paths over the life of the process: name them by their place in this drawing instead."""
    names = [element.get("id", "") for element in root.iter() if "id" in element.attrib]
    renamed = {name: f"{anchor}-{position}" for position, name in enumerate(names)}
    for element in root.iter():
        for attribute, value in element.attrib.items():
            if attribute == "id":
                element.set("id", renamed[value])
            elif "url(#" in value:
                element.set(attribute, re.sub(r"url\(#([^)]+)\)", lambda match: f"url(#{renamed[match[1]]})", value))
