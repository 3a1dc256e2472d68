"""Tests to take out of the way until they are mended."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.reports.sections.flaky_tests import CLASS_NAMES, no_tests
from pipeline_etl.wording import money, plural, quoted, shown


def advise(rows: Rows, repository: Repository) -> str:
    """Say how long the list is, how wrong it is expected to be, and what it spares."""
    if not repository.test_count:
        return no_tests(repository)
    if not rows:
        return "No test is proved flaky well enough to be taken out of the way: that needs two incidents."
    first = rows[0]
    wrong, failures = (shown(first[name], "number") for name in ("expected_wrong_count", "expected_failure_count"))
    cost = "" if first["expected_cost_usd"] is None else f", {money(first['expected_cost_usd'])}"
    return (
        f"Quarantine {plural(len(rows), 'test')} for 14 days at most, of which {wrong} may be expected not flaky; "
        f"{quoted(first['full_test_name'])} alone is expected to fail {failures} times a week for no reason{cost}. "
        "Each is cleared by the executions without a failure that stand beside it."
    )


def draw(rows: Rows) -> list[Chart]:
    """Spurious failures to be expected in a week."""
    lines = [
        Bar(
            name=row["full_test_name"],
            parts={"failures": row["expected_failure_count"]},
            label=shown(row["expected_failure_count"], "number"),
        )
        for row in rows[:12]
        if row["expected_failure_count"]
    ]
    if not lines:
        return []
    return [
        bars(
            lines,
            title="Failures for no reason to be expected in a week",
            description="; ".join(f"{line.name}: {line.label}" for line in lines),
            series={"failures": "red"},
            unit="number",
        )
    ]


SECTION: Final = Section(
    name="quarantine",
    label="Quarantine",
    question="Which tests should not stop anybody until they are mended?",
    definition="quarantine",
    reads={
        "rpt_quarantine": (
            "repository_id",
            "test_id",
            "class_name",
            "test_name",
            "file_path",
            "flakiness_class",
            "flake_score_ratio",
            "flake_rate_ratio",
            "incident_count",
            "direct_incident_count",
            "clean_execution_count",
            "expected_failure_count",
            "expected_cost_usd",
            "release_execution_count",
            "quarantine_ends_at",
            "expected_wrong_count",
            "test_count",
            "evidence_url",
        )
    },
    columns=(
        Column(name="full_test_name", title="Test", unit="code"),
        Column(name="file_path", title="File", unit="code", is_in_table=False),
        Column(name="flakiness_class", title="Class", unit="text", words=CLASS_NAMES, is_in_table=False),
        Column(name="flake_score_ratio", title="Flaky now", unit="ratio", link="evidence_url"),
        Column(name="flake_rate_ratio", title="Fails for no reason", unit="ratio"),
        Column(name="incident_count", title="Incidents", unit="count"),
        Column(name="direct_incident_count", title="Proved by a pass", unit="count"),
        Column(name="expected_failure_count", title="Expected failures a week", unit="number"),
        Column(name="expected_cost_usd", title="At a cost of", unit="usd"),
        Column(name="clean_execution_count", title="Clean since", unit="count"),
        Column(name="release_execution_count", title="Cleared by", unit="count"),
        Column(name="quarantine_ends_at", title="At the latest until", unit="date"),
        Column(name="expected_wrong_count", title="Expected wrong, all of the list", unit="number", is_in_table=False),
        Column(name="test_count", title="Tests there are", unit="count", is_in_table=False),
        Column(name="evidence_url", title="Address of the evidence", unit="url", is_in_table=False),
        Column(name="test_id", title="Identifier", unit="code", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    note=(
        "The longest list of which at most 5 % are expected to be wrong and that is at most 2 % of the tests. "
        "Cleared by: executions without a failure that exclude its rate with 95 %."
    ),
    more_sql="from marts.rpt_quarantine order by flake_score_ratio desc",
)
