"""Tests to run again and again, because nobody knows."""

from typing import Final

from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.reports.sections.flaky_tests import CLASS_NAMES, no_tests
from pipeline_etl.wording import count, percent, plural, quoted


def advise(rows: Rows, repository: Repository) -> str:
    """Name the test whose answer is worth most, and how often it must run for one."""
    if not repository.test_count:
        return no_tests(repository)
    if not rows:
        return "No test is in doubt: each is as good as sure to be flaky or not to be, by what is known of it."
    first = rows[0]
    return (
        f"{plural(len(rows), 'test is', 'tests are')} in doubt. Begin with {quoted(first['full_test_name'])} "
        f"({percent(first['flake_score_ratio'])}): run it {count(first['rerun_budget_count'])} times on one commit; "
        "one failure proves it flaky, none makes it unlikely."
    )


SECTION: Final = Section(
    name="verification",
    label="In doubt",
    question="Which tests are worth running again and again to be sure?",
    definition="verification",
    reads={
        "rpt_verification": (
            "repository_id",
            "test_id",
            "class_name",
            "test_name",
            "flakiness_class",
            "flake_score_ratio",
            "flake_rate_ratio",
            "flake_rate_ratio_high",
            "incident_count",
            "execution_count",
            "rerun_budget_count",
            "verification_number",
            "evidence_url",
        )
    },
    columns=(
        Column(name="full_test_name", title="Test", unit="code"),
        Column(name="flakiness_class", title="Class", unit="text", words=CLASS_NAMES),
        Column(name="flake_score_ratio", title="Flaky now", unit="ratio", link="evidence_url"),
        Column(name="flake_rate_ratio", title="Fails for no reason", unit="ratio"),
        Column(name="flake_rate_ratio_high", title="Fails at most", unit="ratio"),
        Column(name="incident_count", title="Incidents", unit="count"),
        Column(name="execution_count", title="Of executions", unit="count"),
        Column(name="rerun_budget_count", title="Run it so often", unit="count"),
        Column(name="evidence_url", title="Address of the evidence", unit="url", is_in_table=False),
        Column(name="test_id", title="Identifier", unit="code", is_in_table=False),
    ),
    advise=advise,
    note=(
        "In the order of what an answer is worth: doubt times expected failures. So many clean runs exclude the rate "
        "with 95 %."
    ),
    more_sql="from marts.rpt_verification order by verification_number",
)
