"""Week by week."""

from typing import Final

from pipeline_etl.reports.charts import Point, weeks
from pipeline_etl.reports.look import Chart, Colour
from pipeline_etl.reports.section import Column, Finding, Repository, Row, Rows, Section, growth
from pipeline_etl.wording import Unit, duration, percent, plural, printable, quoted, shown


def _line(rows: Rows, column: str, unit: Unit, *, low: str = "", high: str = "") -> list[Point]:
    def words(row: Row) -> str:
        text = shown(row[column], unit)
        if not low or row[low] is None or row[high] is None:
            return text
        return f"{text} ({shown(row[low], unit)} to {shown(row[high], unit)})"

    return [
        Point(
            week=row["iso_week_start_date"],
            value=row[column],
            low=row[low] if low else None,
            high=row[high] if high else None,
            label=words(row),
            is_provisional=not row["is_week_complete"],
        )
        for row in reversed(rows)
    ]


PANELS: Final[tuple[tuple[str, Unit, tuple[tuple[str, Colour, str, str, str], ...]], ...]] = (
    (
        "Duration of a run",
        "seconds",
        (
            ("median", "blue", "wall_seconds_p50", "wall_seconds_p50_low", "wall_seconds_p50_high"),
            ("one in 20 above", "sky", "wall_seconds_p95", "", ""),
        ),
    ),
    ("Runs that succeed", "ratio", (("success", "green", "success_ratio", "success_ratio_low", "success_ratio_high"),)),
    (
        "Wait for a runner",
        "seconds",
        (("median", "orange", "queued_seconds_p50", "", ""), ("one in 20 above", "grey", "queued_seconds_p95", "", "")),
    ),
    ("Exact cache hits", "ratio", (("exact hits", "purple", "cache_exact_ratio", "", ""),)),
    ("Flaky tests", "count", (("flaky tests", "red", "flaky_test_count", "", ""),)),
    ("Runs", "count", (("runs", "grey", "run_count", "", ""),)),
)
"""Title, unit, and lines (name, colour, column, low, high) of the small charts."""


def advise(rows: Rows, _: Repository) -> str:
    """The last complete week against the one before, when the difference is more than noise."""
    busiest = [row for row in rows if row["workflow_name"] == rows[0]["workflow_name"]] if rows else []
    complete = [row for row in busiest if row["is_week_complete"] and row["run_count"]]
    if len(complete) < 2:
        stored = plural(len(complete), "such week is", "such weeks are")
        return f"A trend needs two complete weeks with runs, and {stored} stored."
    last = complete[0]
    if last["is_wall_change_shown"] and last["wall_change_ratio"] is not None:
        direction = "longer" if last["wall_change_ratio"] > 0 else "shorter"
        what = "find what changed in that week" if last["wall_change_ratio"] > 0 else "keep what made it so"
        return (
            f"In {last['iso_week']} the median run of {quoted(last['workflow_name'])} was "
            f"{percent(abs(last['wall_change_ratio']))} {direction} than the week before, more than chance: {what}."
        )
    compared = "that is no clear change against the week before"
    if last["wall_change_ratio"] is None:
        compared = "there are too few runs to compare it with the week before"
    return (
        f"In {last['iso_week']}, the last complete week with runs, the median run of {quoted(last['workflow_name'])} "
        f"took {duration(last['wall_seconds_p50'])}; {compared}."
    )


def draw(rows: Rows) -> list[Chart]:
    """Small charts of the busiest workflow, those only that have data."""
    if not rows:
        return []
    busiest = [row for row in rows if row["workflow_name"] == rows[0]["workflow_name"]]
    charts = []
    for title, unit, lines in PANELS:
        drawn = {name: _line(busiest, column, unit, low=low, high=high) for name, _, column, low, high in lines}
        drawn = {name: line for name, line in drawn.items() if sum(point.value is not None for point in line) > 1}
        if not drawn:
            continue
        charts.append(
            weeks(
                drawn,
                title=title,
                description=f"{printable(rows[0]['workflow_name'])}, by week. "
                + "; ".join(f"{point.week}: {point.label}" for point in next(iter(drawn.values()))),
                colours={name: colour for name, colour, *_ in lines},
                unit=unit,
            )
        )
    return charts


def find(rows: Rows, _: Repository) -> list[Finding]:
    """The last complete week of each workflow, where its median moved by more than chance."""
    last: dict[str, Row] = {}
    for row in rows:
        if row["is_week_complete"] and row["run_count"]:
            last.setdefault(row["workflow_name"], row)
    found = []
    for row in last.values():
        ratio = row["wall_change_ratio"]
        if row["is_wall_change_shown"] and ratio is not None:
            weight = growth(1.0, 1.0 + ratio)
            text = (
                f"The median run of {quoted(row['workflow_name'])} took {duration(row['wall_seconds_p50'])} in "
                f"{row['iso_week']}: {percent(abs(ratio))} {'longer' if ratio > 0 else 'shorter'} than the week before."
            )
            if weight is not None:
                found.append(Finding(text=text, weight=abs(weight), tone="bad" if ratio > 0 else "good"))
    return found


SECTION: Final = Section(
    name="weekly_trends",
    label="Trends",
    question="How does it move from week to week?",
    definition="trends",
    reads={
        "rpt_weekly_trends": (
            "repository_id",
            "workflow_id",
            "workflow_name",
            "branch_class",
            "iso_week_start_date",
            "iso_week",
            "is_week_complete",
            "run_count",
            "wall_seconds_p50",
            "wall_seconds_p50_low",
            "wall_seconds_p50_high",
            "wall_seconds_p95",
            "wall_change_ratio",
            "is_wall_change_shown",
            "success_ratio",
            "success_ratio_low",
            "success_ratio_high",
            "decided_run_count",
            "queued_seconds_p50",
            "queued_seconds_p95",
            "rerun_ratio",
            "bad_execution_ratio",
            "flaky_test_count",
            "cache_exact_ratio",
            "cache_lookup_count",
        )
    },
    columns=(
        Column(name="workflow_name", title="Workflow", unit="code"),
        Column(name="iso_week_start_date", title="Week of", unit="date", is_in_table=False),
        Column(name="iso_week", title="Week", unit="text"),
        Column(name="is_week_complete", title="Complete", unit="flag", is_spare=True),
        Column(name="run_count", title="Runs", unit="count"),
        Column(name="wall_seconds_p50", title="Median run", unit="seconds"),
        Column(name="wall_seconds_p50_low", title="Median at least", unit="seconds", is_in_table=False),
        Column(name="wall_seconds_p50_high", title="Median at most", unit="seconds", is_in_table=False),
        Column(name="wall_seconds_p95", title="One in 20 above", unit="seconds"),
        Column(name="wall_change_ratio", title="Change of the median", unit="ratio", is_in_table=False),
        Column(name="is_wall_change_shown", title="Change is clear", unit="flag", is_in_table=False),
        Column(name="success_ratio", title="Succeed", unit="ratio"),
        Column(name="success_ratio_low", title="Succeed, at least", unit="ratio", is_in_table=False),
        Column(name="success_ratio_high", title="Succeed, at most", unit="ratio", is_in_table=False),
        Column(name="decided_run_count", title="Decided runs", unit="count", is_in_table=False),
        Column(name="queued_seconds_p50", title="Wait, median", unit="seconds"),
        Column(name="queued_seconds_p95", title="Wait, one in 20 above", unit="seconds", is_spare=True),
        Column(name="rerun_ratio", title="Re-run", unit="ratio", is_spare=True),
        Column(name="bad_execution_ratio", title="Failed test executions", unit="ratio"),
        Column(name="flaky_test_count", title="Flaky tests", unit="count"),
        Column(name="cache_exact_ratio", title="Exact cache hits", unit="ratio"),
        Column(name="cache_lookup_count", title="Cache lookups", unit="count", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    find=find,
    shown_row_count=8,
    note=(
        "Weeks begin on Monday, 00:00 UTC. Bands are 90 % (duration) and 95 % (success) intervals; a hollow dot is a "
        "week that is not complete."
    ),
    more_sql="from marts.rpt_weekly_trends where branch_class = 'all' order by iso_week_start_date desc",
)
