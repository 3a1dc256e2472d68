"""Whether there are enough runners in busy hours."""

from typing import Final

from pipeline_etl.reports.section import Column, Repository, Row, Rows, Section
from pipeline_etl.wording import count, duration, percent, plural, quoted

HOURS_NEEDED: Final = 20


def advise(rows: Rows, repository: Repository) -> str:
    """Name the runners there are too few of; else say that none are, or what is missing to know."""
    if not rows:
        return (
            f"No load of runners is known: {plural(repository.recent_run_count, 'finished run')} in the last 30 days."
        )
    short = [row for row in rows if row["pool_verdict"] == "too few runners"]
    if short:
        return _short(short[0])
    held = [row for row in rows if row["pool_verdict"] == "waits for something else"]
    if held:
        first = held[0]
        return (
            f"One in twenty jobs of busy hours waits more than {duration(first['busy_queue_seconds_p95'])} for "
            f"{quoted(first['pool_name'])}, though {percent(first['utilization_ratio'])} of the runners seen at work "
            "would do: look for concurrency groups, max-parallel, or runners that start slowly."
        )
    if any(row["pool_verdict"] == "runners are there" for row in rows):
        return "Where it is known, a runner is there within a minute for 95 % of the jobs of busy hours."
    hours = max(row["hour_count"] for row in rows)
    if hours < HOURS_NEEDED:
        return (
            f"Too little is known: it takes {HOURS_NEEDED} hours with jobs for one kind of runner, there are {hours}."
        )
    return (
        "Too little is known of waits in busy hours: it takes 20 jobs there whose wait for a runner is told apart from "
        "that for the jobs they need."
    )


def _short(row: Row) -> str:
    return (
        f"There are too few runners for {quoted(row['pool_name'])}: never more than "
        f"{count(row['running_job_count_max'])} worked at a time, and one in twenty jobs of busy hours waits more than "
        f"{duration(row['busy_queue_seconds_p95'])}. {count(row['needed_runner_count'])} would be busy for 80 % of "
        "such an hour."
    )


SECTION: Final = Section(
    name="runner_pools",
    label="Runners",
    question="Are there enough runners?",
    definition="runners",
    reads={
        "rpt_runner_pools": (
            "repository_id",
            "pool_name",
            "pool_verdict",
            "running_job_count_max",
            "needed_runner_count",
            "utilization_ratio",
            "busy_queue_seconds_p95",
            "busy_queue_seconds_mean",
            "predicted_queue_seconds",
            "hourly_job_count_p95",
            "pool_job_count",
            "runner_kind",
            "machine_count",
            "hour_count",
            "busy_job_count",
            "execution_seconds_mean",
        )
    },
    columns=(
        Column(name="pool_name", title="Runners", unit="code"),
        Column(name="pool_verdict", title="Verdict", unit="text"),
        Column(name="running_job_count_max", title="Most at work", unit="count"),
        Column(name="needed_runner_count", title="Needed", unit="count"),
        Column(name="utilization_ratio", title="Busy", unit="ratio"),
        Column(name="busy_queue_seconds_p95", title="One in 20 waits above", unit="seconds"),
        Column(name="busy_queue_seconds_mean", title="Mean wait", unit="seconds", is_spare=True),
        Column(name="predicted_queue_seconds", title="Expected at most", unit="seconds", is_spare=True),
        Column(name="hourly_job_count_p95", title="Jobs an hour", unit="number"),
        Column(name="pool_job_count", title="Jobs", unit="count"),
        Column(name="runner_kind", title="Kind", unit="text", is_in_table=False),
        Column(name="machine_count", title="Machines", unit="count", is_in_table=False),
        Column(name="hour_count", title="Hours with jobs", unit="count", is_in_table=False),
        Column(name="busy_job_count", title="Jobs of busy hours with a known wait", unit="count", is_in_table=False),
        Column(name="execution_seconds_mean", title="Mean execution", unit="seconds", is_in_table=False),
    ),
    advise=advise,
    note=(
        "Last 30 days, by the labels jobs ask for. How many runners there are the service does not tell: the most seen "
        "at work is the least there can be, so that “busy” and “expected at most” are upper bounds. Busy hours are "
        "those with as many jobs as the busiest twentieth."
    ),
    more_sql="from marts.rpt_runner_pools order by pool_job_count desc",
)
