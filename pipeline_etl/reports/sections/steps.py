"""Which steps the time of the jobs goes to."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.section import Column, Repository, Row, Rows, Section
from pipeline_etl.wording import count, duration, percent, quoted


def advise(rows: Rows, _: Repository) -> str:
    """Name the step that takes most time over all jobs."""
    timed = [row for row in rows if row["step_seconds_total"]]
    if not timed:
        return "No time of a step is known in the last 30 days. No data is never healthy."
    whole = sum(row["step_seconds_total"] for row in timed)
    first = timed[0]
    return (
        f"Most time goes to {quoted(first['step_name'])} of {quoted(first['job_name'])}: "
        f"{duration(first['step_seconds_total'])} in 30 days, {percent(first['step_seconds_total'] / whole)} of the "
        "steps listed here."
    )


def draw(rows: Rows) -> list[Chart]:
    """All the time each step took."""
    lines = [
        Bar(name=_name(row), parts={"time": row["step_seconds_total"]}, label=_label(row))
        for row in rows
        if row["step_seconds_total"]
    ][:12]
    if not lines:
        return []
    return [
        bars(
            lines,
            title="Time of each step in the last 30 days, and how often it ran",
            description="; ".join(f"{line.name}: {line.label}" for line in lines),
            series={"time": "blue"},
            unit="seconds",
        )
    ]


def _name(row: Row) -> str:
    return f"{row['step_name']} / {row['job_name']}"


def _label(row: Row) -> str:
    return f"{duration(row['step_seconds_total'])} (n {count(row['measured_step_count'])})"


SECTION: Final = Section(
    name="steps",
    label="Steps",
    question="Which steps take the time?",
    definition="durations-and-waits",
    reads={
        "rpt_step_durations": (
            "provider",
            "repository_id",
            "workflow_id",
            "workflow_name",
            "job_name",
            "step_name",
            "stage_name",
            "period_kind",
            "measured_step_count",
            "step_seconds_p50",
            "step_seconds_p95",
            "step_seconds_total",
            "slowest_step_seconds",
            "slowest_job_url",
        )
    },
    columns=(
        Column(name="workflow_name", title="Workflow", unit="code", is_spare=True),
        Column(name="job_name", title="Job", unit="code"),
        Column(name="step_name", title="Step", unit="code"),
        Column(name="stage_name", title="Stage", unit="text", is_spare=True),
        Column(name="measured_step_count", title="Ran", unit="count"),
        Column(name="step_seconds_p50", title="Median", unit="seconds"),
        Column(name="previous_step_seconds_p50", title="30 days before", unit="seconds"),
        Column(name="step_seconds_p95", title="One in 20 above", unit="seconds"),
        Column(name="step_seconds_total", title="All together", unit="seconds"),
        Column(name="slowest_step_seconds", title="Slowest", unit="seconds", link="slowest_job_url"),
        Column(name="slowest_job_url", title="Address of its job", unit="url", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    note=(
        "Last 30 days, steps that ran, from their start to their end as the service tells them: to the second. The "
        "slowest leads to its job."
    ),
    more_sql="from marts.rpt_step_durations where period_kind = 'last_30_days' order by step_seconds_total desc",
)
