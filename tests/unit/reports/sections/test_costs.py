"""What the pipelines cost, in words."""

from datetime import date

from pipeline_etl.reports.sections.costs import advise, draw


def period(kind: str = "last_30_days", **values: object) -> dict[str, object]:
    return {
        "workflow_name": "CI",
        "period_kind": kind,
        "period_start_date": date(2026, 3, 2),
        "billed_job_count": 3,
        "billed_minute_count": 4,
        "list_cost_usd": 0.024,
        "billable_cost_usd": 0.024,
        "rounding_ratio": 0.1,
        "unpriced_job_count": 0,
        **values,
    }


def test_what_is_billed_in_full_is_said_once(repository):
    assert advise([period(), period("all_history", list_cost_usd=9.0)], repository) == (
        "4 minutes in 30 days cost $0.0240 at list price."
    )


def test_free_runners_have_a_worth_and_no_bill(repository):
    said = advise([period(billable_cost_usd=0.0)], repository)

    assert said == (
        "4 minutes in 30 days are worth $0.0240 at list price; none of it is billed, for the runners are free here."
    )


def test_a_runner_of_unknown_kind_is_never_called_free(repository):
    said = advise([period(unpriced_job_count=3, list_cost_usd=None, billable_cost_usd=None)], repository)

    assert said.startswith("3 of 3 jobs ran on runners of unknown kind and are in no sum")
    assert "$" not in said
    assert "free" not in said


def test_short_jobs_are_named_when_rounding_is_a_quarter_of_the_bill(repository):
    said = advise([period(), period(workflow_name="lint", rounding_ratio=0.4917)], repository)

    assert "Of what “lint” is billed, 49.2 % is rounding" in said


def test_no_run_in_30_days_is_not_the_same_as_none_at_all(repository):
    assert "last 30 days" in advise([period("all_history")], repository)
    assert advise([], repository) == "No job has run yet."


def test_a_workflow_is_drawn_when_two_weeks_have_a_price():
    one = period("week")
    other = period("week", period_start_date=date(2026, 3, 9), list_cost_usd=None)

    assert draw([one, other]) == []
    assert len(draw([one, other, period("week", period_start_date=date(2026, 3, 16))])) == 1
