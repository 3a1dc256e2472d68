"""Where the time of jobs goes, by stage."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.wording import duration, percent, quoted

PERIODS: Final = {"last_30_days": "last 30 days", "all_history": "all history"}
MUCH_UNNAMED: Final = 0.3
"""Share of the time in steps no rule matches from which on stages say little."""


def advise(rows: Rows, _: Repository) -> str:
    """Name the stage of the busiest workflow that takes most, or say that the stages do not fit its steps."""
    if not rows:
        return "No step has a known time, so nothing is known of stages. No data is never healthy."
    busiest = [row for row in rows if row["workflow_name"] == rows[0]["workflow_name"]]
    unnamed = next((row for row in busiest if row["stage_name"] == "other"), None)
    if unnamed and (unnamed["part_ratio"] or 0.0) > MUCH_UNNAMED:
        return (
            f"{percent(unnamed['part_ratio'])} of the time of {quoted(unnamed['workflow_name'])} is in steps that no "
            "rule gives a stage: name them in dbt/seeds/stage_rules.csv, and the rest of this table will say more."
        )
    first = busiest[0]
    middle = "" if first["part_seconds_p50"] is None else f", {duration(first['part_seconds_p50'])} in half of the jobs"
    share = percent(first["part_ratio"])
    return (
        f"In {quoted(first['workflow_name'])} the stage {quoted(first['stage_name'])} takes most: "
        f"{duration(first['part_run_seconds_mean'])} of machine time a run, {share} of all{middle}."
    )


def draw(rows: Rows) -> list[Chart]:
    """Machine time of a run of the busiest workflow, by stage."""
    busiest = [row for row in rows if row["workflow_name"] == rows[0]["workflow_name"]] if rows else []
    lines = [
        Bar(
            name=row["stage_name"],
            parts={"time": row["part_run_seconds_mean"]},
            label=f"{duration(row['part_run_seconds_mean'])}, {percent(row['part_ratio'])}",
        )
        for row in busiest
        if row["part_run_seconds_mean"]
    ][:12]
    if not lines:
        return []
    return [
        bars(
            lines,
            title=f"Machine time by stage, a run of {busiest[0]['workflow_name']}",
            description="; ".join(f"{line.name}: {line.label}" for line in lines),
            series={"time": "blue"},
            unit="seconds",
        )
    ]


SECTION: Final = Section(
    name="build_times",
    label="Build time",
    question="Where does the time of our builds go?",
    definition="build-time",
    reads={
        "rpt_build_times": (
            "repository_id",
            "workflow_id",
            "workflow_name",
            "period_kind",
            "part_kind",
            "part_name",
            "run_count",
            "part_job_count",
            "part_seconds_p50",
            "part_seconds_p95",
            "part_seconds_total",
            "part_run_seconds_mean",
            "part_ratio",
        )
    },
    columns=(
        Column(name="workflow_name", title="Workflow", unit="code"),
        Column(name="period_kind", title="Period", unit="text", words=PERIODS),
        Column(name="stage_name", title="Stage", unit="code"),
        Column(name="run_count", title="Runs", unit="count"),
        Column(name="part_job_count", title="Jobs", unit="count"),
        Column(name="part_seconds_p50", title="Median in a job", unit="seconds"),
        Column(name="part_seconds_p95", title="One in 20 above", unit="seconds"),
        Column(name="part_seconds_total", title="All together", unit="seconds", is_in_table=False),
        Column(name="part_run_seconds_mean", title="A run, mean", unit="seconds"),
        Column(name="part_ratio", title="Share", unit="ratio"),
    ),
    advise=advise,
    draw=draw,
    shown_row_count=16,
    note=(
        "Machine time of all jobs, parallel ones added up; what a run waits for is in the critical path. The clock of "
        "steps ticks in seconds, so that many short ones show 0 s."
    ),
    more_sql="from marts.rpt_build_times order by period_kind, period_start_date desc, part_seconds_total desc",
)
