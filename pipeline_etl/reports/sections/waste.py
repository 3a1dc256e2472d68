"""What is billed for nothing, and what to fix first."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart, Colour
from pipeline_etl.reports.section import Column, Repository, Row, Rows, Section
from pipeline_etl.wording import duration, money, percent, quoted

CAUSES: Final = {
    "needless_rerun": "needless re-runs",
    "superseded_run": "superseded runs",
    "infrastructure_failure": "failures of the infrastructure",
    "rounding": "rounding up to minutes",
    "cache_miss": "cache misses",
    "idle_setup": "set-up by the runner",
}
"""Cause → what a reader calls it."""

REMEDIES: Final = {
    "needless_rerun": "find out which of its tests are flaky, and re-run failed jobs only",
    "superseded_run": "start its long jobs after the quick ones have passed",
    "infrastructure_failure": "retry the step that failed, not the run",
    "rounding": "merge it with another short job",
    "cache_miss": "mend the key of its cache",
    "idle_setup": "take a smaller image or fewer containers, or merge it with another job",
}
"""Cause → what to do about it."""

COLOURS: Final[dict[str, Colour]] = {
    "needless_rerun": "red",
    "superseded_run": "orange",
    "infrastructure_failure": "purple",
    "rounding": "grey",
    "cache_miss": "blue",
    "idle_setup": "sky",
}


def worth(row: Row) -> str:
    """Its time, and its money where it has a price."""
    time, dollars = duration(row["wasted_seconds"]), row["wasted_list_cost_usd"]
    return f"{time}, without a price" if dollars is None else f"{time}, {money(dollars)} at list price"


def advise(rows: Rows, repository: Repository) -> str:
    """Name the cause that costs most, where it costs most, and what to do about it."""
    if not rows:
        if repository.executed_job_count:
            return "No billed time is known to be lost."
        return "No job has run, so nothing is known of what is lost. No data is never healthy."
    cause = max(CAUSES, key=lambda name: _lost_to(name, rows))
    first = next(row for row in rows if row["waste_cause"] == cause)
    share = sum(row["wasted_share_ratio"] for row in rows if row["waste_cause"] == cause)
    when = "in 30 days" if first["period_kind"] == "last_30_days" else "in all history, nothing in the last 30 days"
    return (
        f"Fix first: {CAUSES[cause]}, {percent(share)} of all billed time that is known to be lost {when}. Most of it "
        f"in {quoted(first['job_family_name'])} ({worth(first)}): {REMEDIES[cause]}."
    )


def _lost_to(cause: str, rows: Rows) -> tuple[float, float]:
    """What a cause costs in all places; by time where nothing has a price."""
    lost = [row for row in rows if row["waste_cause"] == cause]
    return sum(row["wasted_list_cost_usd"] or 0.0 for row in lost), sum(row["wasted_seconds"] for row in lost)


def draw(rows: Rows) -> list[Chart]:
    """Time lost in the places where most is lost, by cause."""
    lines = [
        Bar(
            name=row["job_family_name"],
            parts={CAUSES[row["waste_cause"]]: row["wasted_seconds"]},
            label=worth(row).removesuffix(" at list price"),
        )
        for row in rows[:12]
    ]
    if not lines:
        return []
    return [
        bars(
            lines,
            title="Where billed time is lost, and its worth at list price",
            description="; ".join(f"{line.name}, {next(iter(line.parts))}: {line.label}" for line in lines),
            series={words: COLOURS[cause] for cause, words in CAUSES.items()},
            unit="seconds",
        )
    ]


SECTION: Final = Section(
    name="waste",
    label="Waste",
    question="What do we pay for nothing, and what should be fixed first?",
    definition="waste",
    reads={
        "rpt_waste_ranking": (
            "repository_id",
            "period_kind",
            "fix_rank",
            "waste_cause",
            "workflow_name",
            "job_family_name",
            "billed_job_count",
            "wasted_job_count",
            "wasted_seconds",
            "wasted_share_ratio",
            "wasted_list_cost_usd",
            "wasted_billable_cost_usd",
        )
    },
    columns=(
        Column(name="period_kind", title="Period", unit="text", is_in_table=False),
        Column(name="fix_rank", title="Fix", unit="count"),
        Column(name="waste_cause", title="Lost to", unit="text", words=CAUSES),
        Column(name="workflow_name", title="Workflow", unit="code"),
        Column(name="job_family_name", title="Job", unit="code"),
        Column(name="billed_job_count", title="Jobs that ran", unit="count", is_in_table=False),
        Column(name="wasted_job_count", title="Jobs concerned", unit="count"),
        Column(name="wasted_seconds", title="Billed time lost", unit="seconds"),
        Column(name="wasted_share_ratio", title="Of all that is lost", unit="ratio"),
        Column(name="wasted_list_cost_usd", title="At list price", unit="usd"),
        Column(name="wasted_billable_cost_usd", title="Billed", unit="usd"),
    ),
    advise=advise,
    draw=draw,
    note=(
        "Each billed second counts for one cause, so the rows add up. A re-run is needless when the job had passed on "
        "the commit, or passed at last without any change; what is not known to be lost is in no row."
    ),
    more_sql="from marts.rpt_waste_ranking order by period_kind desc, fix_rank",
)
