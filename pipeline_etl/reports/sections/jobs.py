"""How long each job takes."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.section import Column, Repository, Row, Rows, Section
from pipeline_etl.wording import count, duration, percent, plural, quoted


def advise(rows: Rows, repository: Repository) -> str:
    """Name the job that takes most machine time, and how long it takes."""
    if not rows:
        return (
            f"No job ran in the last 30 days; {plural(repository.executed_job_count, 'job')} ran before. "
            "No data is never healthy."
        )
    first = rows[0]
    whole = sum(row["execution_seconds_total"] or 0.0 for row in rows)
    if not whole:
        return f"{plural(len(rows), 'job')} ran in the last 30 days, and how long is not known of any."
    sentence = (
        f"{quoted(first['job_name'])} takes most machine time: {duration(first['execution_seconds_total'])} in 30 "
        f"days, {percent(first['execution_seconds_total'] / whole)} of the {plural(len(rows), 'job')} listed here."
    )
    if first["execution_seconds_p50"] is None:
        return f"{sentence} It ran too seldom for a median, which needs 5."
    return f"{sentence} Half of the time it takes longer than {duration(first['execution_seconds_p50'])}."


def draw(rows: Rows) -> list[Chart]:
    """The median of each job, the slowest first."""
    slowest = sorted(
        (row for row in rows if row["execution_seconds_p50"] is not None),
        key=lambda row: -row["execution_seconds_p50"],
    )[:12]
    if not slowest:
        return []
    lines = [
        Bar(name=row["job_name"], parts={"median": row["execution_seconds_p50"]}, label=_label(row)) for row in slowest
    ]
    return [
        bars(
            lines,
            title="Median duration of the jobs that take longest, and how often each ran",
            description="; ".join(f"{line.name}: {line.label}" for line in lines),
            series={"median": "blue"},
            unit="seconds",
            finding=f"{quoted(slowest[0]['job_name'])} takes longest: {duration(slowest[0]['execution_seconds_p50'])}",
        )
    ]


def _label(row: Row) -> str:
    return f"{duration(row['execution_seconds_p50'])} (n {count(row['measured_job_count'])})"


SECTION: Final = Section(
    name="jobs",
    label="Jobs",
    question="How long does each job take?",
    definition="durations-and-waits",
    reads={
        "rpt_job_durations": (
            "provider",
            "repository_id",
            "workflow_id",
            "workflow_name",
            "job_name",
            "period_kind",
            "measured_job_count",
            "execution_seconds_p50",
            "execution_seconds_p95",
            "execution_seconds_total",
            "queued_seconds_p50",
            "queued_seconds_p95",
            "slowest_execution_seconds",
            "slowest_job_url",
        )
    },
    columns=(
        Column(name="workflow_name", title="Workflow", unit="code", is_spare=True),
        Column(name="job_name", title="Job", unit="code"),
        Column(name="measured_job_count", title="Ran", unit="count"),
        Column(name="execution_seconds_p50", title="Median", unit="seconds"),
        Column(name="previous_execution_seconds_p50", title="30 days before", unit="seconds"),
        Column(name="execution_seconds_p95", title="One in 20 above", unit="seconds"),
        Column(name="execution_seconds_total", title="All together", unit="seconds"),
        Column(name="queued_seconds_p50", title="Queue, median", unit="seconds", is_spare=True),
        Column(name="queued_seconds_p95", title="Queue, one in 20 above", unit="seconds"),
        Column(name="slowest_execution_seconds", title="Slowest", unit="seconds", link="slowest_job_url"),
        Column(name="slowest_job_url", title="Address of the slowest job", unit="url", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    note=(
        "Last 30 days, jobs that ran, whatever they ended in; from the start on a runner to the end. A dash: too few "
        "to say (a median needs 5, one in 20 needs 20)."
    ),
    more_sql="from marts.rpt_job_durations where period_kind = 'last_30_days' order by execution_seconds_total desc",
)
