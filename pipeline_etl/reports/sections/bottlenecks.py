"""What to make faster first: measured by what the whole run would gain."""

from typing import Final

from pipeline_etl.reports.charts import Interval, intervals
from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.wording import duration, percent, plural, quoted

SMALLEST_SAVING_SECONDS: Final = 1.0
"""Times are known to the second; a saving below that is none."""


MOSTLY_WAITING: Final = 0.5
MOSTLY_UNMATCHED: Final = 0.3
"""Share of unmatched steps above which stages say little."""


def advise(rows: Rows, repository: Repository) -> str:
    """Name the job whose acceleration shortens the median run most, if any clearly does."""
    jobs = [row for row in rows if row["subject_kind"] == "job" and row["is_enough_data"]]
    if not jobs:
        return (
            f"Not enough runs to say: a what-if needs 20 of a workflow in the last 30 days, and there are "
            f"{plural(repository.recent_run_count, 'finished run')}. No data is never healthy."
        )
    workflow, waiting = _most(_blame(rows, "wait"))
    sentences = []
    if waiting > MOSTLY_WAITING:
        sentences.append(
            f"{percent(waiting)} of the minutes of {quoted(workflow)} are waits: "
            "more runners gain more than any faster job."
        )
    clear = [row for row in jobs if (row["saving_seconds_low"] or 0.0) >= SMALLEST_SAVING_SECONDS]
    if clear:
        best = max(clear, key=lambda row: row["saving_seconds_p50"])
        sentences.append(
            f"{'Of the jobs, make' if sentences else 'Make'} {quoted(best['subject_name'])} faster first: 30 % off it "
            f"takes {duration(best['saving_seconds_p50'])} off the median run of {duration(best['wall_seconds_p50'])} "
            f"(90 % interval {duration(best['saving_seconds_low'])} to {duration(best['saving_seconds_high'])})."
        )
    else:
        sentences.append(
            "No single job would clearly shorten the median run: when one gets faster, another one ends last."
        )
    workflow, unmatched = _most(_blame(rows, "stage", subject_name="other"))
    if unmatched > MOSTLY_UNMATCHED:
        sentences.append(
            f"{percent(unmatched)} of the minutes of {quoted(workflow)} are in steps that no rule of "
            "dbt/seeds/stage_rules.csv matches: name their stage there."
        )
    return " ".join(sentences)


def _blame(rows: Rows, subject_kind: str, *, subject_name: str | None = None) -> dict[str, float]:
    """Share of the minutes of each workflow that subjects of a kind have together."""
    shares: dict[str, float] = {}
    for row in rows:
        if (
            row["subject_kind"] == subject_kind
            and row["is_enough_data"]
            and subject_name in (None, row["subject_name"])
        ):
            shares[row["workflow_name"]] = shares.get(row["workflow_name"], 0.0) + (row["blame_ratio"] or 0.0)
    return shares


def _most(shares: dict[str, float]) -> tuple[str, float]:
    return max(shares.items(), key=lambda share: share[1], default=("", 0.0))


def draw(rows: Rows) -> list[Chart]:
    """Seconds the median run gains when a job gets 30 % faster, with the 90 % interval."""
    workflows = {row["workflow_name"] for row in rows}
    points = [
        Interval(
            name=row["subject_name"] if len(workflows) == 1 else f"{row['workflow_name']} / {row['subject_name']}",
            value=max(row["saving_seconds_p50"], 0.0),
            low=None if row["saving_seconds_low"] is None else max(row["saving_seconds_low"], 0.0),
            high=row["saving_seconds_high"],
            label=duration(row["saving_seconds_p50"]),
            colour="blue" if row["is_enough_data"] else "grey",
        )
        for row in rows
        if row["subject_kind"] == "job" and row["saving_seconds_p50"] is not None
    ][:10]
    if not points:
        return []
    best = max(points, key=lambda point: point.low or 0.0)
    is_clear = (best.low or 0.0) >= SMALLEST_SAVING_SECONDS and best.colour == "blue"
    is_thin = [point.colour == "grey" for point in points]
    return [
        intervals(
            points,
            title="What the median run gains when this job gets 30 % faster (line: 90 % interval)",
            description="; ".join(f"{point.name}: {point.label}" for point in points),
            unit="seconds",
            finding=f"{quoted(best.name)} gains most for sure, {best.label}"
            if is_clear
            else "No job alone clearly shortens the run",
            legend={"20 runs or more": "blue", "too few runs": "grey"} if any(is_thin) else {},
        )
    ]


SECTION: Final = Section(
    name="bottlenecks",
    label="Bottlenecks",
    question="Which stages should we make faster first?",
    definition="bottlenecks",
    reads={
        "fct_stage_bottlenecks": (
            "repository_id",
            "workflow_name",
            "period_kind",
            "subject_kind",
            "subject_name",
            "attempt_count",
            "is_enough_data",
            "blame_ratio",
            "criticality_ratio",
            "wall_seconds_p50",
            "whatif_wall_seconds_p50",
            "saving_seconds_p50",
            "saving_seconds_low",
            "saving_seconds_high",
            "drag_seconds_p50",
            "dag_source",
        )
    },
    columns=(
        Column(name="workflow_name", title="Workflow", unit="code"),
        Column(name="subject_kind", title="Kind", unit="text"),
        Column(name="subject_name", title="Job, stage or wait", unit="code"),
        Column(name="attempt_count", title="Runs", unit="count"),
        Column(name="is_enough_data", title="Enough data", unit="flag", is_in_table=False),
        Column(name="blame_ratio", title="Share of all minutes", unit="ratio"),
        Column(name="criticality_ratio", title="On the path", unit="ratio"),
        Column(name="wall_seconds_p50", title="Median run", unit="seconds"),
        Column(name="whatif_wall_seconds_p50", title="If 30 % faster", unit="seconds"),
        Column(
            name="saving_seconds_p50",
            title="Gain",
            unit="seconds",
            low="saving_seconds_low",
            high="saving_seconds_high",
        ),
        Column(name="saving_seconds_low", title="Gain at least", unit="seconds", is_in_table=False),
        Column(name="saving_seconds_high", title="Gain at most", unit="seconds", is_in_table=False),
        Column(name="drag_seconds_p50", title="Gain if instant", unit="seconds", is_in_table=False),
        Column(name="dag_source", title="Order of jobs", unit="text", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    shown_row_count=14,
    note=(
        "Gains are computed by playing each run again with the job shortened; the 90 % interval is a bootstrap over "
        "runs. Stages and waits have a share of the minutes; what-if is for jobs."
    ),
    more_sql="from marts.fct_stage_bottlenecks where period_kind = 'last_30_days'",
)
