"""The look all charts share: colours, sizes, axes, and how names and values are written beside the marks.

Colours are CSS variables, so one SVG is right in light, in dark and on paper. Sizes never depend on the fonts of the
machine that draws: labels are placed, not measured, and legends are the page's business.

Altair takes as long to import as a terminal report takes to print: it is loaded when the first chart is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from pipeline_etl.reports.deferred import deferred
from pipeline_etl.wording import HOUR, MINUTE, Unit, shortened, shown

if TYPE_CHECKING:
    import altair as alt
else:
    alt = deferred("altair")

Colour = Literal["blue", "orange", "green", "purple", "red", "grey", "sky"]
"""Names of CSS variables; the hues of Okabe and Ito, told apart with any kind of colour vision."""

FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
NAME_WIDTH: Final = 256
NAME_LENGTH: Final = 35
WIDE: Final = 900
SMALL: Final = 440
FEW: Final = 4
"""Counts up to this have a grid line each."""
ROW_HEIGHT: Final = 26


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A drawing not drawn yet: its Vega-Lite specification with what a reader who cannot see it needs.

    ``legend`` is label → colour; charts with one series have none. Small charts stand side by side. ``finding`` is what
    it shows in one sentence, ``title`` what is drawn.
    """

    title: str
    description: str
    spec: Mapping[str, Any]
    legend: Mapping[str, Colour]
    is_small: bool = False
    finding: str = ""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """How the values of a chart are written along their axis."""

    unit: Unit
    divisor: float
    title: str | None
    number_format: str
    is_few: bool = False

    @classmethod
    def of(cls, unit: Unit, peak: float) -> Axis:
        """The axis for values up to ``peak``: seconds and bytes become greater ones when there are two."""
        if unit == "ratio":
            return cls(unit=unit, divisor=1.0, title=None, number_format=".0%")
        if unit == "seconds":
            for size, title in ((HOUR, "hours"), (MINUTE, "minutes")):
                if peak >= 2 * size:
                    return cls(unit=unit, divisor=size, title=title, number_format=",~r")
            return cls(unit=unit, divisor=1.0, title="seconds", number_format=",~r")
        if unit == "bytes":
            for size, title in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
                if peak >= 2 * size:
                    return cls(unit=unit, divisor=size, title=title, number_format=",~r")
            return cls(unit=unit, divisor=1.0, title="bytes", number_format=",~r")
        words = "US dollars" if unit == "usd" else None
        return cls(unit=unit, divisor=1.0, title=words, number_format=",~r", is_few=unit == "count" and peak <= FEW)

    @property
    def style(self) -> alt.Axis:
        """The axis of a wide chart."""
        return self.style_with(tick_count=6)

    def style_with(self, *, tick_count: int) -> alt.Axis:
        """The axis with about ``tick_count`` grid lines; half a thing is never counted."""
        if self.is_few:
            return alt.Axis(format=self.number_format, values=list(range(FEW + 1)), labelOverlap=False)
        return alt.Axis(format=self.number_format, tickCount=tick_count)

    def scale(self, top: float | None) -> alt.Scale:
        """From 0 to ``top``, or as far as the values go."""
        if top is None and self.is_few:
            return alt.Scale(domain=[0, FEW])
        return alt.Scale(zero=True) if top is None else alt.Scale(domain=[0, top])

    def words(self, value: float) -> str:
        """An exact value, for a tooltip."""
        return shown(value, self.unit)


def rows_by_position(count: int) -> alt.Y:
    """Rows by position: two names that look the same after shortening stay two rows."""
    return alt.Y("row:O", axis=None, scale=alt.Scale(domain=list(range(count)), paddingInner=0.3, paddingOuter=0.15))


def plot(rows: Sequence[Mapping[str, Any]]) -> alt.Chart:
    """A chart of rows that are values and not an address to load from."""
    data: alt.Data = alt.Data(values=list(rows))  # type: ignore[no-untyped-call]
    return alt.Chart(data)


def text(
    data: Sequence[Mapping[str, Any]], field: str, *, count: int, align: Literal["left", "right"], dx: int, colour: str
) -> alt.Chart:
    """Words beside the rows of a chart."""
    marks: alt.Chart = plot(data).mark_text(
        align=align, baseline="middle", dx=dx, fontSize=12, color=f"var(--{colour})", aria=False
    )
    return marks.encode(y=rows_by_position(count), text=f"{field}:N")


def wide(
    layers: Sequence[alt.Chart],
    *,
    names: Sequence[str],
    title: str,
    description: str,
    legend: Mapping[str, Colour],
    has_axis_title: bool,
    finding: str,
) -> Chart:
    """A chart of named rows over the whole width of the page."""
    labels = [{"row": index, "name": shortened(name, NAME_LENGTH)} for index, name in enumerate(names)]
    left = text(labels, "name", count=len(names), align="right", dx=-10, colour="ink").encode(x=alt.value(0))
    return Chart(
        title=title,
        description=description,
        spec=finished(
            alt.layer(*layers, left),
            width=WIDE - NAME_WIDTH - 130,
            height=max(len(names), 1) * ROW_HEIGHT,
            left=NAME_WIDTH,
            right=130,
            bottom=42 if has_axis_title else 26,
        ),
        legend=legend,
        finding=finding,
    )


def finished(
    chart: alt.LayerChart | alt.FacetChart, *, width: int, height: int, left: int, right: int, bottom: int
) -> dict[str, Any]:
    """The Vega-Lite specification of a chart with fixed margins, in the look of the report."""
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
