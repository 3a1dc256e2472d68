"""What the pipelines cost."""

from collections import defaultdict
from datetime import date
from typing import Final

from pipeline_etl.reports.charts import Point, weeks
from pipeline_etl.reports.look import Chart, Colour
from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.wording import count, money, percent, plural, printable, quoted

PERIODS: Final = {"last_30_days": "last 30 days", "all_history": "all history", "week": "week"}
COLOURS: Final[tuple[Colour, ...]] = ("blue", "orange", "green", "purple", "red")
"""One per workflow drawn; more lines than these nobody tells apart."""

MUCH_ROUNDING: Final = 0.25
"""Share of billed time from which on merging short jobs is worth a thought."""


def advise(rows: Rows, _: Repository) -> str:
    """What 30 days cost and who pays it; then what cannot be priced, and what rounding makes of short jobs."""
    recent = [row for row in rows if row["period_kind"] == "last_30_days"]
    if not recent:
        return "No job ran in the last 30 days, so nothing was spent in them." if rows else "No job has run yet."
    minutes, jobs, unpriced = (
        sum(row[name] or 0 for row in recent)
        for name in ("billed_minute_count", "billed_job_count", "unpriced_job_count")
    )
    listed, billed = (
        sum(row[name] for row in recent if row[name] is not None) for name in ("list_cost_usd", "billable_cost_usd")
    )
    sentences = []
    if unpriced < jobs:
        paid = "none of it is billed, for the runners are free here" if not billed else f"{money(billed)} of it billed"
        sentences.append(
            f"{plural(minutes, 'minute')} in 30 days are worth {money(listed)} at list price; {paid}."
            if billed != listed
            else f"{plural(minutes, 'minute')} in 30 days cost {money(listed)} at list price."
        )
    if unpriced:
        sentences.append(
            f"{count(unpriced)} of {plural(jobs, 'job')} ran on runners of unknown kind and are in no sum: give their "
            "labels a line in dbt/seeds/runner_label_rules.csv."
        )
    short = max(recent, key=lambda row: row["rounding_ratio"] or 0.0)
    if (short["rounding_ratio"] or 0.0) > MUCH_ROUNDING:
        sentences.append(
            f"Of what {quoted(short['workflow_name'])} is billed, {percent(short['rounding_ratio'])} is rounding up to "
            "whole minutes: merge short jobs."
        )
    return " ".join(sentences)


def draw(rows: Rows) -> list[Chart]:
    """List cost of each workflow by week."""
    by_workflow: dict[str, dict[date, float | None]] = defaultdict(dict)
    for row in rows:
        if row["period_kind"] == "week":
            by_workflow[row["workflow_name"]][row["period_start_date"]] = row["list_cost_usd"]
    lines = {
        printable(name): [
            Point(week=week, value=costs[week], label=f"{money(costs[week])} at list price") for week in sorted(costs)
        ]
        for name, costs in list(by_workflow.items())[: len(COLOURS)]
        if sum(value is not None for value in costs.values()) > 1
    }
    if not lines:
        return []
    return [
        weeks(
            lines,
            title="Cost at list price, by week",
            description="; ".join(
                f"{name}, week of {point.week}: {point.label}" for name, line in lines.items() for point in line
            ),
            colours=dict(zip(lines, COLOURS, strict=False)),
            unit="usd",
            is_wide=True,
        )
    ]


SECTION: Final = Section(
    name="costs",
    label="Costs",
    question="What do our pipelines cost?",
    definition="costs",
    reads={
        "rpt_costs": (
            "repository_id",
            "workflow_id",
            "workflow_name",
            "period_kind",
            "period_start_date",
            "run_count",
            "billed_job_count",
            "billed_minute_count",
            "list_cost_usd",
            "billable_cost_usd",
            "run_cost_usd",
            "rounding_ratio",
            "unpriced_job_count",
            "self_hosted_job_count",
        )
    },
    columns=(
        Column(name="workflow_name", title="Workflow", unit="code"),
        Column(name="period_kind", title="Period", unit="text", words=PERIODS),
        Column(name="period_start_date", title="From", unit="date"),
        Column(name="run_count", title="Runs", unit="count"),
        Column(name="billed_job_count", title="Jobs that ran", unit="count"),
        Column(name="billed_minute_count", title="Billed minutes", unit="count"),
        Column(name="list_cost_usd", title="At list price", unit="usd"),
        Column(name="billable_cost_usd", title="Billed", unit="usd"),
        Column(name="run_cost_usd", title="Per run", unit="usd"),
        Column(name="rounding_ratio", title="Rounding", unit="ratio"),
        Column(name="unpriced_job_count", title="Jobs without a price", unit="count"),
        Column(name="self_hosted_job_count", title="On own runners", unit="count", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    note=(
        "Each job is rounded up to a minute by itself, as on the bill; what a re-run lists again without running it "
        "costs nothing. Standard runners are free for public repositories; minutes a plan includes are not taken off."
    ),
    more_sql="from marts.rpt_costs order by period_kind, period_start_date desc",
)
