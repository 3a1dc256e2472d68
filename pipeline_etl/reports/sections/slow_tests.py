"""Tests that take longest."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.reports.sections.flaky_tests import no_tests
from pipeline_etl.wording import duration, quoted


def advise(rows: Rows, repository: Repository) -> str:
    """Name the slowest test."""
    if not repository.test_execution_count:
        return no_tests(repository)
    if not rows:
        return "No test passed three times in a job that is known, so nothing is known of how long tests take."
    first = rows[0]
    return (
        f"The slowest test is {quoted(first['full_test_name'])}: {duration(first['test_seconds_p50'])} in half of its "
        "last executions that passed."
    )


def draw(rows: Rows) -> list[Chart]:
    """The slowest tests by their median."""
    lines = [
        Bar(
            name=row["full_test_name"],
            parts={"median": row["test_seconds_p50"]},
            label=duration(row["test_seconds_p50"]),
        )
        for row in rows[:12]
        if row["test_seconds_p50"]
    ]
    if not lines:
        return []
    return [
        bars(
            lines,
            title="Median duration of a test, last 20 that passed",
            description="; ".join(f"{line.name}: {line.label}" for line in lines),
            series={"median": "blue"},
            unit="seconds",
        )
    ]


SECTION: Final = Section(
    name="slow_tests",
    label="Slow tests",
    question="Which tests take longest?",
    definition="tests",
    reads={
        "rpt_test_durations": (
            "repository_id",
            "job_config_id",
            "test_id",
            "class_name",
            "test_name",
            "file_path",
            "passing_execution_count",
            "test_seconds_p50",
        )
    },
    columns=(
        Column(name="full_test_name", title="Test", unit="code"),
        Column(name="file_path", title="File", unit="code", is_in_table=False),
        Column(name="test_seconds_p50", title="Median", unit="seconds"),
        Column(name="passing_execution_count", title="Of executions", unit="count"),
        Column(name="config_count", title="Configurations it runs in", unit="count"),
        Column(name="test_id", title="Identifier", unit="code", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    note="Of several configurations the one in which it takes longest; a median of the last 20 executions that passed.",
    more_sql="from marts.rpt_test_durations order by test_seconds_p50 desc nulls last",
)
