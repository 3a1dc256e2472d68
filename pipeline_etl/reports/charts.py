"""The charts of a report, described with Altair; ``look.py`` says how they look and ``svg.py`` draws them.

Every chart carries a title, a text that says what it shows, and the exact value of each mark as its tooltip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pipeline_etl.reports.deferred import deferred
from pipeline_etl.reports.look import SMALL, WIDE, Axis, Chart, Colour, finished, plot, rows_by_position, text, wide
from pipeline_etl.wording import Unit, shortened

if TYPE_CHECKING:
    import altair as alt
else:
    alt = deferred("altair")


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
    rows: Sequence[Bar],
    *,
    title: str,
    description: str,
    series: Mapping[str, Colour],
    unit: Unit,
    is_share: bool = False,
    finding: str = "",
) -> Chart:
    """Horizontal bars, stacked when there is more than one series; ``is_share`` fixes the axis at 0 to 100 %."""
    peak = max((sum(row.parts.values()) for row in rows), default=0.0)
    axis = Axis.of(unit, peak)
    used = {name: colour for name, colour in series.items() if any(row.parts.get(name) for row in rows)}
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
    base = plot(data).encode(y=rows_by_position(len(rows)))
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
    ends = text(labels, "label", count=len(rows), align="left", dx=6, colour="muted").encode(x="end:Q")
    return wide(
        [marks, ends],
        names=[row.name for row in rows],
        title=title,
        description=description,
        legend=used if len(series) > 1 else {},
        has_axis_title=axis.title is not None,
        finding=finding,
    )


def intervals(
    rows: Sequence[Interval],
    *,
    title: str,
    description: str,
    unit: Unit,
    legend: Mapping[str, Colour] | None = None,
    thresholds: Sequence[float] = (),
    finding: str = "",
) -> Chart:
    """A dot per row with the line of what the value may as well be; thresholds are dashed."""
    peak = max((value for row in rows for value in (row.value, row.high) if value is not None), default=0.0)
    axis = Axis.of(unit, peak)
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
    base = plot(data).encode(
        y=rows_by_position(len(rows)), color=alt.Color("colour:N", scale=None), description="tip:N"
    )
    scale = axis.scale(1.0 if thresholds else None)
    dots = base.mark_circle(size=90, opacity=1).encode(
        x=alt.X("value:Q", title=axis.title, axis=axis.style, scale=scale)
    )
    lines = base.transform_filter("isValid(datum.low) && isValid(datum.high)").mark_rule(strokeWidth=3, opacity=0.45)
    ends = text(data, "label", count=len(rows), align="left", dx=9, colour="muted").encode(x="end:Q")
    rules = [
        plot([{"at": at}]).mark_rule(aria=False, strokeDash=[4, 4], color="var(--muted)").encode(x="at:Q")
        for at in thresholds
    ]
    return wide(
        [*rules, lines.encode(x="low:Q", x2="high:Q"), dots, ends],
        names=[row.name for row in rows],
        title=title,
        description=description,
        legend=legend or {},
        has_axis_title=axis.title is not None,
        finding=finding,
    )


def weeks(
    lines: Mapping[str, Sequence[Point]],
    *,
    title: str,
    description: str,
    colours: Mapping[str, Colour],
    unit: Unit,
    is_wide: bool = False,
    finding: str = "",
) -> Chart:
    """Lines over weeks, with a band where a value has an interval; ratios keep 0 to 100 %. Small unless ``is_wide``."""
    values = [
        value for line in lines.values() for point in line for value in (point.value, point.high) if value is not None
    ]
    axis = Axis.of(unit, max(values, default=0.0))
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
    mondays = sorted({f"{point.week.isoformat()}T00:00:00Z" for line in lines.values() for point in line})
    scale = alt.Scale(domain=list(range(len(lines))), range=[f"var(--{colours[name]})" for name in lines])
    x = alt.X(
        "week:T",
        title=None,
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(format="%-d %b", values=_some(mondays), grid=False, domain=True, domainColor="var(--grid)"),
    )
    base = plot(data).encode(x=x, color=alt.Color("line:N", scale=scale, legend=None))
    y, low = (
        alt.Y(
            f"{field}:Q",
            title=None,
            axis=axis.style_with(tick_count=4),
            scale=axis.scale(1.0 if unit == "ratio" else None),
        )
        for field in ("value", "low")
    )
    band = base.mark_area(opacity=0.16, strokeWidth=0, aria=False)
    line = base.mark_line(strokeWidth=2, aria=False).encode(y=y)
    dots = (
        base.transform_filter("isValid(datum.value)")
        .mark_point(size=34, strokeWidth=1.8, opacity=1)
        .encode(y=y, fill=alt.Fill("fill:N", scale=None), description="tip:N")
    )
    layered = alt.layer(band.encode(y=low, y2="high:Q", fill=alt.Fill("line:N", scale=scale, legend=None)), line, dots)
    return Chart(
        title=title if axis.title is None else f"{title}, {axis.title}",
        description=description,
        spec=finished(layered, width=(WIDE if is_wide else SMALL) - 68, height=118, left=48, right=20, bottom=28),
        legend={name: colours[name] for name in lines} if is_wide or len(lines) > 1 else {},
        is_small=not is_wide,
        finding=finding,
    )


def _some(moments: Sequence[str], *, most: int = 6) -> list[str]:
    """At most ``most`` of the moments, evenly spread, the last one among them."""
    stride = -(-len(moments) // most) or 1
    return list(moments[::-1][::stride][::-1])
