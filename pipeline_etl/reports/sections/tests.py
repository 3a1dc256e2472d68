"""How many tests run each week, how they end and how long they take."""

from typing import Final

from pipeline_etl.reports.charts import Point, weeks
from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.reports.sections.flaky_tests import no_tests
from pipeline_etl.wording import count, day, percent, plural, quoted, shortened


def advise(rows: Rows, repository: Repository) -> str:
    """Say what the last week with results brought, and where many tests are only skipped."""
    if not repository.test_execution_count:
        return no_tests(repository)
    if not rows:
        return "No week has test results of a known run, so nothing is known of how they end. No data is never healthy."
    last = rows[0]
    sentence = (
        f"In the week of {day(last['iso_week_start_date'])} {plural(last['weekly_execution_count'], 'test')} ran in "
        f"{quoted(last['suite_label'])}, {count(last['weekly_failed_count'])} failed"
    )
    if last["failed_ratio"] is not None:
        sentence += f" ({percent(last['failed_ratio'])})"
    sentence += "."
    if (last["skipped_ratio"] or 0.0) > 0.2:
        sentence += f" {percent(last['skipped_ratio'])} of what is reported is skipped: look whether that is meant."
    return sentence


def draw(rows: Rows) -> list[Chart]:
    """What the tests of a job take, by week, of the suite with most executions."""
    if not rows:
        return []
    executed: dict[str, int] = {}
    for row in rows:
        executed[row["suite_label"]] = executed.get(row["suite_label"], 0) + row["weekly_execution_count"]
    busiest = max(executed, key=lambda name: (executed[name], name))
    line = [
        Point(
            week=row["iso_week_start_date"],
            value=row["failed_ratio"],
            label=f"{percent(row['failed_ratio'])} of {count(row['weekly_execution_count'])}",
        )
        for row in sorted(rows, key=lambda row: row["iso_week_start_date"])
        if row["suite_label"] == busiest
    ]
    if len(line) <= 1:
        return []
    name = shortened(busiest, 60)
    return [
        weeks(
            {name: line},
            title=f"Failures per test execution, {name}",
            description="; ".join(f"{point.week}: {point.label}" for point in line),
            colours={name: "red"},
            unit="ratio",
        )
    ]


SECTION: Final = Section(
    name="tests",
    label="Tests",
    question="How many tests run, fail and are skipped, and how long do they take?",
    definition="tests-by-week",
    reads={
        "rpt_weekly_tests": (
            "repository_id",
            "workflow_id",
            "workflow_name",
            "job_family_name",
            "iso_week_start_date",
            "is_week_complete",
            "report_job_count",
            "weekly_execution_count",
            "weekly_failed_count",
            "weekly_retried_count",
            "weekly_skipped_count",
            "failed_ratio",
            "skipped_ratio",
            "suite_seconds_p50",
            "suite_seconds_total",
            "suite_wall_seconds_p50",
        )
    },
    columns=(
        Column(name="iso_week_start_date", title="Week of", unit="date"),
        Column(name="suite_label", title="Workflow and job", unit="code"),
        Column(name="report_job_count", title="Jobs", unit="count"),
        Column(name="weekly_execution_count", title="Tests run", unit="count"),
        Column(name="weekly_failed_count", title="Failed", unit="count"),
        Column(name="failed_ratio", title="Share", unit="ratio"),
        Column(name="weekly_retried_count", title="Passed on a retry", unit="count"),
        Column(name="weekly_skipped_count", title="Skipped", unit="count"),
        Column(name="skipped_ratio", title="Share skipped", unit="ratio", is_in_table=False),
        Column(name="suite_seconds_p50", title="Tests of a job, median", unit="seconds"),
        Column(name="suite_wall_seconds_p50", title="Its test steps", unit="seconds"),
        Column(name="suite_seconds_total", title="All together", unit="seconds", is_in_table=False),
        Column(name="is_week_complete", title="Complete", unit="flag", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    note="Test steps that take less than their tests run them side by side; a median needs five jobs.",
    more_sql="from marts.rpt_weekly_tests order by iso_week_start_date desc",
)
