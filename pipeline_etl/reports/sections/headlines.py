"""The numbers to see first, each with its change."""

from typing import Final

from pipeline_etl.reports.section import Column, Finding, Repository, Row, Rows, Section, Tile, growth
from pipeline_etl.wording import Unit, listed, percent, plural, shown

UNITS: Final[dict[str, Unit]] = {"seconds": "seconds", "ratio": "ratio", "count": "count"}
"""Units of the mart → ours; a unit we do not know is shown as a plain number."""

SUCCESS: Final = frozenset({"first_attempt_success_ratio", "success_ratio"})
"""Headlines that fall when runs fail."""


def _unit(row: Row) -> Unit:
    return UNITS.get(row["metric_unit"], "number")


def change(row: Row) -> str:
    """The change against the 30 days before, in the words of its unit, or why there is none."""
    current, previous = row["current_value"], row["previous_value"]
    if current is None:
        return "not enough data"
    if previous is None:
        return "nothing to compare with"
    before = f"was {shown(previous, _unit(row))}"
    if current == previous or not row["is_change_shown"]:
        return f"{before}; no clear change"
    arrow = "▲" if current > previous else "▼"
    if _unit(row) == "ratio":
        size = f" {abs(current - previous) * 100:.1f} points"
    else:
        size = f" {percent(abs(current / previous - 1))}" if previous else ""
    return f"{arrow}{size}, {before}"


def tone(row: Row) -> str:
    """``good``, ``bad`` or ``neutral``: a change nobody can be sure of has no colour."""
    current, previous = row["current_value"], row["previous_value"]
    if current is None or previous is None or current == previous or not row["is_change_shown"]:
        return "neutral"
    if row["is_lower_better"] is None:
        return "neutral"
    return "good" if (current < previous) == row["is_lower_better"] else "bad"


def tiles(rows: Rows) -> list[Tile]:
    """One tile per headline."""
    return [
        Tile(
            title=row["metric_title"],
            value=shown(row["current_value"], _unit(row)),
            change=change(row),
            tone=tone(row),
        )
        for row in rows
    ]


def _named(rows: Rows, of_tone: str) -> list[str]:
    titles = [row["metric_title"] for row in rows if tone(row) == of_tone]
    return [f"{title[:1].lower()}{title[1:]}" for title in titles]


def _is_failing_more(rows: Rows) -> bool:
    return any(row["metric_name"] in SUCCESS and tone(row) == "bad" for row in rows)


def advise(rows: Rows, repository: Repository) -> str:
    """Point at what got worse; say so when nothing can be compared."""
    if all(row["current_value"] is None for row in rows):
        return "There are too few finished runs in the last 30 days for any headline number. No data is never healthy."
    worse, better = _named(rows, "bad"), _named(rows, "good")
    is_failing_more = _is_failing_more(rows)
    is_faster = any(row["metric_name"].startswith("wall_") and tone(row) == "good" for row in rows)
    if is_failing_more and is_faster:
        return (
            f"Look first at what got worse: {listed(worse)}. Runs that fail early are short: do not read the shorter "
            "durations as progress."
        )
    if worse:
        return f"Look first at what got worse: {listed(worse)}."
    if better:
        return f"Nothing got clearly worse; better: {listed(better)}."
    if all(row["previous_value"] is None for row in rows):
        return "There is no earlier period of 30 days to compare with yet; these numbers are the baseline."
    runs = plural(repository.recent_run_count, "run")
    return f"No change against the 30 days before is larger than chance would make it ({runs} now)."


def find(rows: Rows, _: Repository) -> list[Finding]:
    """Every headline whose change is clear; runs that fail early are short, and that is no progress."""
    is_failing_more = _is_failing_more(rows)
    found = []
    for row in rows:
        weight = growth(row["previous_value"], row["current_value"], is_share=_unit(row) == "ratio")
        is_misleading = is_failing_more and tone(row) == "good" and row["metric_name"].startswith(("wall_", "lead_"))
        if weight is not None and tone(row) != "neutral" and not is_misleading:
            now = shown(row["current_value"], _unit(row))
            text = f"{row['metric_title']}: {now} in the last 30 days ({change(row)} in the 30 days before)."
            found.append(Finding(text=text, weight=abs(weight), tone=tone(row)))
    return found


SECTION: Final = Section(
    name="headlines",
    label="Headlines",
    question="How are we doing, and is it getting better?",
    definition="durations-and-waits",
    reads={
        "rpt_headlines": (
            "repository_id",
            "metric_name",
            "metric_title",
            "metric_unit",
            "current_value",
            "previous_value",
            "current_count",
            "previous_count",
            "is_lower_better",
            "is_change_shown",
        )
    },
    columns=(
        Column(name="metric_name", title="Name", unit="code", is_in_table=False),
        Column(name="metric_title", title="Number", unit="text"),
        Column(name="metric_unit", title="Unit", unit="text", is_in_table=False),
        Column(name="current_value", title="Last 30 days", unit="number", unit_column="metric_unit"),
        Column(name="previous_value", title="30 days before", unit="number", unit_column="metric_unit"),
        Column(name="current_count", title="Measured now", unit="count"),
        Column(name="previous_count", title="Measured before", unit="count"),
        Column(name="is_lower_better", title="Lower is better", unit="flag", is_in_table=False),
        Column(name="is_change_shown", title="Change is clear", unit="flag"),
    ),
    advise=advise,
    tiles=tiles,
    find=find,
    shown_row_count=20,
    note="A change is called clear only when both periods hold enough runs and chance alone would hardly make it.",
    more_sql="from marts.rpt_headlines",
)
