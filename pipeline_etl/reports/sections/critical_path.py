"""Where the minutes of a run go: the jobs nobody could start after, and what they waited for."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart, Colour
from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.wording import duration, percent, plural, quoted

SERIES: Final[dict[str, Colour]] = {"runs": "blue", "waits for a runner": "orange", "waits to be scheduled": "purple"}
COLUMNS: Final = {
    "runs": "execution_seconds_mean",
    "waits for a runner": "queued_seconds_mean",
    "waits to be scheduled": "scheduling_seconds_mean",
}


def advise(rows: Rows, repository: Repository) -> str:
    """Name the job that takes most of an average run."""
    if not rows:
        return f"No critical path is known: {plural(repository.recent_run_count, 'finished run')} in the last 30 days."
    top = rows[0]
    sentence = (
        f"{quoted(top['job_name'])} is the longest stretch: {percent(top['wall_ratio'])} of an average run of "
        f"{duration(top['wall_seconds_mean'])}, and it decides when the run ends in {top['on_path_run_count']:,} of "
        f"{plural(top['run_count'], 'run')}."
    )
    waited = (top["queued_seconds_mean"] or 0.0) + (top["scheduling_seconds_mean"] or 0.0)
    if waited > top["execution_seconds_mean"]:
        return f"{sentence} Most of that is waiting: look for runners before making the job faster."
    return f"{sentence} Make it shorter, split it, or let it start earlier."


def draw(rows: Rows) -> list[Chart]:
    """Average time each job adds to a run, running and waiting."""
    workflows = {row["workflow_name"] for row in rows}
    lines = [
        Bar(
            name=row["job_name"] if len(workflows) == 1 else f"{row['workflow_name']} / {row['job_name']}",
            parts={name: row[column] or 0.0 for name, column in COLUMNS.items()},
            label=percent(row["wall_ratio"]),
        )
        for row in rows[:10]
    ]
    if not lines:
        return []
    return [
        bars(
            lines,
            title="What each job adds to an average run while it is on the critical path",
            description="; ".join(f"{line.name}: {line.label} of the run" for line in lines),
            series=SERIES,
            unit="seconds",
            finding=f"{quoted(lines[0].name)} adds most, {lines[0].label} of an average run "
            f"(n {plural(rows[0]['run_count'], 'run')})",
        )
    ]


SECTION: Final = Section(
    name="critical_path",
    label="Critical path",
    question="Where do the minutes of a run go?",
    definition="bottlenecks",
    reads={
        "dim_repositories": ("provider", "repository_id", "as_of_at"),
        "fct_run_attempts": (
            "provider",
            "repository_id",
            "run_id",
            "run_attempt",
            "workflow_name",
            "wall_seconds",
            "created_at",
            "is_headline",
        ),
        "fct_critical_paths": (
            "provider",
            "repository_id",
            "run_id",
            "run_attempt",
            "job_name",
            "execution_seconds",
            "runner_queue_seconds",
            "scheduling_seconds",
            "dag_source",
        ),
    },
    columns=(
        Column(name="workflow_name", title="Workflow", unit="code"),
        Column(name="job_name", title="Job", unit="code"),
        Column(name="wall_ratio", title="Share of a run", unit="ratio"),
        Column(name="execution_seconds_mean", title="Runs", unit="seconds"),
        Column(name="queued_seconds_mean", title="Waits for a runner", unit="seconds"),
        Column(name="scheduling_seconds_mean", title="Waits to be scheduled", unit="seconds"),
        Column(name="on_path_run_count", title="On the path in", unit="count"),
        Column(name="run_count", title="Of runs", unit="count"),
        Column(name="wall_seconds_mean", title="Average run", unit="seconds", is_in_table=False),
        Column(name="dag_source", title="Order of jobs", unit="text"),
    ),
    advise=advise,
    draw=draw,
    shown_row_count=8,
    note=(
        "Averages over all runs of the last 30 days, also those a job was not on the path of, so the rows add up. "
        "Order of jobs: “yaml” follows needs: in the workflow file, “inferred” follows their times."
    ),
    more_sql="from marts.fct_critical_paths",
)
