"""Tests by week."""

from dataclasses import replace
from datetime import date

from pipeline_etl.reports.sections.tests import advise, draw


def week(number: int, *, failed: int = 2, skipped: float = 0.0, suite: str = "CI / test") -> dict[str, object]:
    return {
        "iso_week_start_date": date(2026, 3, number),
        "suite_label": suite,
        "weekly_execution_count": 100,
        "weekly_failed_count": failed,
        "failed_ratio": failed / 100,
        "skipped_ratio": skipped,
    }


def test_the_newest_week_is_told_of(repository):
    assert advise([week(9), week(2)], repository) == (
        "In the week of 2026-03-09 100 tests ran in “CI / test”, 2 failed (2.0 %)."
    )


def test_many_skips_are_worth_a_look(repository):
    assert "30.0 % of what is reported is skipped" in advise([week(9, skipped=0.3)], repository)


def test_a_week_of_skips_only_has_no_share_of_failures(repository):
    assert advise([{**week(9, failed=0), "failed_ratio": None}], repository).endswith("0 failed.")


def test_no_results_are_no_health(repository):
    assert "o data is never healthy" in advise([], replace(repository, test_execution_count=0))


def test_a_line_needs_two_weeks_of_one_suite():
    assert draw([week(9), week(2, suite="CI / e2e")]) == []
    assert len(draw([week(9), week(2)])) == 1
