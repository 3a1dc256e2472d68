"""What jobs wait for."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.wording import duration, percent, plural

UNAVOIDABLE: Final = "for other jobs"
"""Waiting for a need is how a pipeline is built; the critical path judges it, not this section."""


def advise(rows: Rows, repository: Repository) -> str:
    """Name the wait that costs most, other than that for other jobs."""
    known = [row for row in rows if row["wait_seconds_total"] is not None]
    if not known:
        return f"No wait is known: {plural(repository.recent_run_count, 'finished run')} in the last 30 days."
    avoidable = [row for row in known if row["wait_name"] != UNAVOIDABLE and row["wait_seconds_total"] > 0]
    if not avoidable:
        return "Of the waits that are known, none but that for other jobs took any time."
    worst = max(avoidable, key=lambda row: row["wait_seconds_total"])
    whole = sum(row["wait_seconds_total"] for row in avoidable)
    sentence = (
        f"Most of the avoidable waiting is {worst['wait_name']}: {duration(worst['wait_seconds_total'])} in 30 days, "
        f"{percent(worst['wait_seconds_total'] / whole)} of it"
    )
    if worst["wait_seconds_p95"] is None:
        return f"{sentence}."
    return (
        f"{sentence}; half of the jobs wait at most {duration(worst['wait_seconds_p50'])}, one in twenty more than "
        f"{duration(worst['wait_seconds_p95'])}."
    )


def draw(rows: Rows) -> list[Chart]:
    """Time all jobs of the last 30 days spent in each kind of wait."""
    lines = [
        Bar(
            name=f"waiting {row['wait_name']}" if row["wait_name"] != "unexplained" else "unexplained",
            parts={"waited": row["wait_seconds_total"]},
            label=duration(row["wait_seconds_total"]),
        )
        for row in rows
        if row["wait_seconds_total"]
    ]
    if not lines:
        return []
    longest = max(lines, key=lambda line: line.parts["waited"])
    return [
        bars(
            lines,
            title="Time all jobs of the last 30 days spent waiting",
            description="; ".join(f"{line.name}: {line.label}" for line in lines),
            series={"waited": "orange"},
            unit="seconds",
            finding=f"{longest.name[:1].upper()}{longest.name[1:]} takes most, {longest.label} of "
            f"{plural(max(row['job_count'] for row in rows), 'job')}",
        )
    ]


SECTION: Final = Section(
    name="waits",
    label="Waits",
    question="What do jobs wait for?",
    definition="durations-and-waits",
    reads={
        "dim_repositories": ("provider", "repository_id", "as_of_at"),
        "fct_jobs": (
            "provider",
            "repository_id",
            "is_executed",
            "created_at",
            "dependency_wait_seconds",
            "approval_wait_seconds",
            "concurrency_wait_seconds",
            "scheduling_wait_seconds",
            "runner_queue_seconds",
            "setup_seconds",
            "unexplained_wait_seconds",
        ),
    },
    columns=(
        Column(name="wait_name", title="Waiting", unit="text"),
        Column(name="known_job_count", title="Known for jobs", unit="count"),
        Column(name="job_count", title="Jobs that ran", unit="count", is_in_table=False),
        Column(name="waiting_job_count", title="Jobs that waited", unit="count"),
        Column(name="wait_seconds_p50", title="Median", unit="seconds"),
        Column(name="wait_seconds_p95", title="One in 20 above", unit="seconds"),
        Column(name="wait_seconds_max", title="Longest", unit="seconds"),
        Column(name="wait_seconds_total", title="All together", unit="seconds"),
    ),
    advise=advise,
    draw=draw,
    note="Jobs that ran in the last 30 days. A dash means that the service does not tell, not that nobody waited.",
    more_sql="from marts.fct_jobs where is_executed",
)
