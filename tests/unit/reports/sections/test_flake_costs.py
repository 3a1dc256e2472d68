"""What flaky tests cost, in words."""

from dataclasses import replace
from datetime import date

from pipeline_etl.reports.sections.flake_costs import advise, draw

SUITE = {
    "subject_kind": "suite",
    "full_test_name": "all tests",
    "green_ratio": 0.5404,
    "flaky_now_count": 12,
    "judged_test_count": 13,
    "expected_cost_usd": 34.65,
}
COST = {
    "subject_kind": "test",
    "full_test_name": "test_a",
    "iso_week_start_date": date(2026, 3, 16),
    "blocked_rerun_seconds": 300.0,
    "retry_seconds": None,
    "list_cost_usd": 0.012,
    "blocked_people_usd": 5.0,
}
LATER = {**COST, "iso_week_start_date": date(2026, 3, 23), "full_test_name": "test_b"}


def test_the_last_week_the_chance_of_green_and_the_next_week_are_told(repository):
    assert advise([SUITE, LATER, COST], repository) == (
        "In the week of 2026-03-23, the last with any, flaky tests cost 5 min of waiting for re-runs: $5.00 of "
        "developers' time, and $0.0120 of machines at list price; mend “test_b” first. For all its flakes the suite is "
        "green with probability 54.0 %: 12 of 13 judged tests flaky. Tests proposed for quarantine are expected to "
        "cost $34.65 next week."
    )


def test_what_has_no_price_has_no_dollars(repository):
    unpriced = {**COST, "list_cost_usd": None, "blocked_people_usd": None, "blocked_rerun_seconds": None}
    said = advise([{**SUITE, "expected_cost_usd": None}, {**unpriced, "retry_seconds": 4.5}], repository)

    assert "cost 4.5 s of retries; mend" in said
    assert "next week is not known" in said
    assert "$" not in said


def test_no_cost_that_is_known_is_not_called_none(repository):
    healthy = {**SUITE, "green_ratio": 1.0, "flaky_now_count": 0, "expected_cost_usd": None}

    assert advise([healthy], repository).startswith("No re-run and no retry is known to be the fault")
    assert "no test ran often enough to be judged" in advise([], repository)


def test_no_tests_are_no_health(repository):
    assert "no data is never healthy" in advise([], replace(repository, test_execution_count=0))


def test_weeks_are_drawn_when_there_are_two_and_the_title_names_the_worst():
    assert draw([SUITE, COST, COST]) == []

    (chart,) = draw([SUITE, LATER, {**COST, "blocked_rerun_seconds": 900.0}])

    assert chart.finding == "Flaky tests held runs up by 15 min in the worst week, of 2026-03-16"
