"""Tests that disappeared or began to be skipped."""

from typing import Final

from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.reports.sections.flaky_tests import no_tests
from pipeline_etl.wording import count, day, plural, quoted

LOSSES: Final = {"gone": "gone", "skipped": "only skipped"}
"""Words of the mart → words for a reader."""

MANY: Final = 0.5
"""Share of the tests from which on a report that is no longer uploaded is likelier than so many tests removed."""


def advise(rows: Rows, repository: Repository) -> str:
    """Count what is lost of each kind, and name the test whose loss hides most."""
    if not repository.test_count:
        return no_tests(repository, of="lost tests")
    if not rows:
        return (
            "No test is known to be lost: that takes five runs of the default branch that are without it or only skip "
            f"it, and {plural(repository.test_count, 'test')} ran in the last 30 days."
        )
    first = rows[0]
    lost, gone = first["lost_test_count"], first["lost_gone_count"]
    runs = "does" if lost == 1 else "do"
    sentences = [f"{plural(lost, 'test')} that ran in the last 30 days {runs} no more:"]
    sentences.append(f"{count(gone)} gone, {count(lost - gone)} only skipped.")
    if gone > MANY * repository.test_count:
        sentences.append("So many are gone at once that a report is likelier missing: see that it is still uploaded.")
    failed = first["bad_execution_count"] or 0
    if failed:
        sentences.append(
            f"{quoted(first['full_test_name'])} had failed in {count(failed)} of "
            f"{plural(first['execution_count'], 'execution')} before: see that it was mended, not silenced."
        )
    else:
        sentences.append(
            f"None of them had failed before; see that {quoted(first['full_test_name'])}, last run on "
            f"{day(first['last_executed_at'])}, was let go on purpose."
        )
    return " ".join(sentences)


SECTION: Final = Section(
    name="lost_tests",
    label="Lost tests",
    question="Which tests disappeared or began to be skipped?",
    definition="lost-tests",
    reads={
        "rpt_lost_tests": (
            "repository_id",
            "test_id",
            "suite_name",
            "class_name",
            "test_name",
            "file_path",
            "loss_kind",
            "last_executed_at",
            "skipped_run_count",
            "bad_execution_count",
            "execution_count",
            "message",
        )
    },
    columns=(
        Column(name="full_test_name", title="Test", unit="code"),
        Column(name="loss_kind", title="It is", unit="text", words=LOSSES),
        Column(name="last_executed_at", title="Ran last", unit="date"),
        Column(name="skipped_run_count", title="Skipped since", unit="count"),
        Column(name="bad_execution_count", title="Had failed", unit="count"),
        Column(name="execution_count", title="Of executions", unit="count"),
        Column(name="message", title="Reason given", unit="text"),
        Column(name="suite_name", title="Suite", unit="code", is_in_table=False),
        Column(name="file_path", title="File", unit="code", is_in_table=False),
        Column(name="lost_test_count", title="Lost, all of the list", unit="count", is_in_table=False),
        Column(name="lost_gone_count", title="Gone, all of the list", unit="count", is_in_table=False),
        Column(name="test_id", title="Identifier", unit="code", is_in_table=False),
    ),
    advise=advise,
    note=(
        "Ran in the last 30 days, and the last five runs of the default branch or more are without it or only skip it. "
        "A test that was renamed is gone under its old name. Those that had failed come first."
    ),
    more_sql="from marts.rpt_lost_tests order by bad_execution_count desc nulls last, last_executed_at desc",
)
