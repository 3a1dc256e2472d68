"""Why jobs fail."""

from dataclasses import replace
from datetime import UTC, datetime

from pipeline_etl.reports.sections.failures import advise, draw


def cluster(**values: object) -> dict[str, object]:
    return {
        "failure_class": "test",
        "cluster_title": "FAILED tests <*>",
        "is_retryable": False,
        "is_new": False,
        "is_on_default_branch": True,
        "recent_failed_job_count": 6,
        "last_seen_at": datetime(2026, 3, 1, tzinfo=UTC),
        **values,
    }


def test_the_most_frequent_kind_is_told_with_what_is_new_and_what_is_not_known(repository):
    rows = [cluster(), cluster(failure_class="unknown", cluster_title="Run", recent_failed_job_count=4, is_new=True)]

    assert advise(rows, repository) == (
        "Of 10 failed jobs in the last 30 days 6 have one thing in common (test): “FAILED tests <*>”, on the default "
        "branch, too. 1 kind is new in the last 24 hours. "
        "The cause of 4 is not known: their logs are not stored or show no error."
    )


def test_what_may_pass_again_is_said_to(repository):
    said = advise([cluster(is_retryable=True, is_on_default_branch=False)], repository)

    assert "may pass when run again" in said
    assert "never on the default branch" in said


def test_nothing_lately_nothing_ever_and_nothing_known_are_three_things(repository):
    assert advise([cluster(recent_failed_job_count=0)], repository) == (
        "No job failed in the last 30 days; the last one that did, failed on 2026-03-01."
    )
    assert advise([], repository) == "None of 120 executed jobs failed."
    assert "No data is never healthy" in advise([], replace(repository, executed_job_count=0))


def test_causes_are_drawn_together_over_clusters():
    (chart,) = draw([cluster(), cluster(recent_failed_job_count=1), cluster(failure_class="lint")])

    assert chart.description == "test: 7; lint: 6"
    assert draw([cluster(recent_failed_job_count=0)]) == []
