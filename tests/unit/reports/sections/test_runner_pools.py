"""Runners in busy hours, in words."""

from pipeline_etl.reports.sections.runner_pools import advise

ROW = {
    "pool_name": "linux, self-hosted",
    "pool_verdict": "too few runners",
    "running_job_count_max": 4,
    "needed_runner_count": 6,
    "utilization_ratio": 0.95,
    "busy_queue_seconds_p95": 400.0,
    "hour_count": 200,
}


def test_runners_there_are_too_few_of_are_named_with_how_many_it_takes(repository):
    assert advise([ROW, {**ROW, "pool_verdict": "runners are there"}], repository) == (
        "There are too few runners for “linux, self-hosted”: never more than 4 worked at a time, and one in twenty jobs "
        "of busy hours waits more than 6 min 40 s. 6 would be busy for 80 % of such an hour."
    )


def test_a_wait_beside_free_runners_has_another_cause(repository):
    said = advise([{**ROW, "pool_verdict": "waits for something else", "utilization_ratio": 0.4}], repository)

    assert "look for concurrency groups" in said
    assert "40.0 %" in said


def test_enough_runners_are_said_of_what_is_known_only(repository):
    said = advise(
        [{**ROW, "pool_verdict": "not enough data"}, {**ROW, "pool_verdict": "runners are there"}], repository
    )

    assert said.startswith("Where it is known")


def test_what_is_missing_is_said(repository):
    thin = {**ROW, "pool_verdict": "not enough data"}

    assert "there are 3" in advise([{**thin, "hour_count": 3}], repository)
    assert "told apart" in advise([thin], repository)
    assert "No load of runners is known" in advise([], repository)
