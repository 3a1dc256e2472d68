"""Which workflows are slow."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart, Colour
from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.wording import count, duration, percent, plural, quoted

MOSTLY_RED: Final = 0.5
"""Below this share of green runs a median is one of runs that were cut short."""


def advise(rows: Rows, repository: Repository) -> str:
    """Name the slowest workflow and what its minutes are made of."""
    judged = [row for row in rows if row["wall_seconds_p50"] is not None]
    if not judged:
        return (
            "No workflow has the 5 finished runs in the last 30 days that a median needs "
            f"({plural(repository.recent_run_count, 'run')} in all). No data is never healthy."
        )
    slowest = judged[0]
    parts = [
        f"Half of the runs of {quoted(slowest['workflow_name'])} take longer than "
        + duration(slowest["wall_seconds_p50"])
        + (
            f", one in twenty longer than {duration(slowest['wall_seconds_p95'])}."
            if slowest["wall_seconds_p95"]
            else "."
        )
    ]
    waiting = [slowest[name] for name in ("path_queue_ratio", "path_scheduling_ratio")]
    if waiting[0] is not None:
        ratio = sum(part or 0.0 for part in waiting)
        cause = (
            "runners are the first thing to add"
            if ratio > 0.25
            else "the jobs themselves are the first thing to look at"
        )
        parts.append(f"{percent(ratio)} of the time is spent waiting for a runner or to be scheduled, so {cause}.")
    green = slowest["first_attempt_success_ratio"]
    if green is not None and green < MOSTLY_RED:
        parts.append(
            f"Only {percent(green)} of its runs were green at once, and runs that fail early are short: "
            "this is not how long a whole run takes."
        )
    return " ".join(parts)


SERIES: Final[dict[str, Colour]] = {
    "jobs run": "blue",
    "waits for a runner": "orange",
    "waits to be scheduled": "purple",
}
RATIOS: Final = {
    "jobs run": "path_execution_ratio",
    "waits for a runner": "path_queue_ratio",
    "waits to be scheduled": "path_scheduling_ratio",
}


def draw(rows: Rows) -> list[Chart]:
    """The median run of each workflow, split as its critical path is."""
    lines = [
        Bar(
            name=row["workflow_name"],
            parts={name: (row[ratio] or 0.0) * row["wall_seconds_p50"] for name, ratio in RATIOS.items()},
            label=f"{duration(row['wall_seconds_p50'])} (n {count(row['measured_run_count'])})",
        )
        for row in rows
        if row["wall_seconds_p50"] is not None and row["path_execution_ratio"] is not None
    ][:10]
    if not lines:
        return []
    return [
        bars(
            lines,
            title="Median run of the last 30 days, split as the critical paths are, and how many runs it is of",
            description="; ".join(f"{line.name}: {line.label}" for line in lines),
            series=SERIES,
            unit="seconds",
            finding=f"{quoted(lines[0].name)} takes longest, {lines[0].label}",
        )
    ]


SECTION: Final = Section(
    name="pipelines",
    label="Pipelines",
    question="Which pipelines are slow?",
    definition="durations-and-waits",
    reads={
        "rpt_pipeline_durations": (
            "provider",
            "repository_id",
            "workflow_id",
            "workflow_name",
            "period_kind",
            "run_count",
            "measured_run_count",
            "wall_seconds_p50",
            "wall_seconds_p95",
            "lead_seconds_p50",
            "compute_seconds_p50",
            "first_attempt_success_ratio",
            "rerun_ratio",
            "path_execution_ratio",
            "path_queue_ratio",
            "path_scheduling_ratio",
            "slowest_wall_seconds",
            "slowest_run_url",
        )
    },
    columns=(
        Column(name="workflow_name", title="Workflow", unit="code"),
        Column(name="run_count", title="Runs", unit="count"),
        Column(name="measured_run_count", title="Measured", unit="count", is_spare=True),
        Column(name="wall_seconds_p50", title="Median run", unit="seconds"),
        Column(name="previous_wall_seconds_p50", title="30 days before", unit="seconds"),
        Column(name="wall_seconds_p95", title="One in 20 above", unit="seconds"),
        Column(name="lead_seconds_p50", title="Median with re-runs", unit="seconds"),
        Column(name="compute_seconds_p50", title="Machine time", unit="seconds"),
        Column(name="first_attempt_success_ratio", title="Green at once", unit="ratio"),
        Column(name="rerun_ratio", title="Re-run", unit="ratio"),
        Column(name="path_execution_ratio", title="Share jobs run", unit="ratio", is_in_table=False),
        Column(name="path_queue_ratio", title="Share waiting for a runner", unit="ratio", is_in_table=False),
        Column(name="path_scheduling_ratio", title="Share waiting to be scheduled", unit="ratio", is_in_table=False),
        Column(name="slowest_wall_seconds", title="Slowest run", unit="seconds", link="slowest_run_url"),
        Column(name="slowest_run_url", title="Address of the slowest run", unit="url", is_in_table=False),
        Column(name="previous_run_count", title="Runs in the 30 days before", unit="count", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    note=(
        "Last 30 days. Durations are of the measured runs: first attempts that ended in success or failure. A dash: "
        "too few of them to say."
    ),
    more_sql="from marts.rpt_pipeline_durations where period_kind = 'last_30_days'",
)
