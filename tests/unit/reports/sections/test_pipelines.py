"""Slow workflows."""

from pipeline_etl.reports.sections.pipelines import advise, draw


def workflow(name: str = "CI", **values: object) -> dict[str, object]:
    return {
        "workflow_name": name,
        "run_count": 30,
        "measured_run_count": 28,
        "wall_seconds_p50": 600.0,
        "wall_seconds_p95": 1200.0,
        "path_execution_ratio": 0.9,
        "path_queue_ratio": 0.08,
        "path_scheduling_ratio": 0.02,
        "first_attempt_success_ratio": 0.9,
        **values,
    }


def test_the_slowest_is_named_with_its_quantiles(repository):
    said = advise([workflow("slow"), workflow("fast")], repository)

    assert "Half of the runs of “slow” take longer than 10 min, one in twenty longer than 20 min." in said
    assert "10.0 % of the time is spent waiting" in said
    assert "the jobs themselves" in said


def test_runners_come_first_when_runs_mostly_wait(repository):
    assert "runners are the first thing to add" in advise([workflow(path_queue_ratio=0.6)], repository)


def test_a_median_of_runs_that_mostly_fail_early_is_not_taken_for_the_length_of_a_run(repository):
    assert "fail early" in advise([workflow(first_attempt_success_ratio=0.1)], repository)
    assert "fail early" not in advise([workflow()], repository)
    assert "fail early" not in advise([workflow(first_attempt_success_ratio=None)], repository)


def test_too_few_runs_are_said(repository):
    assert "No data is never healthy" in advise([workflow(wall_seconds_p50=None)], repository)
    assert draw([workflow(wall_seconds_p50=None)]) == []


def test_the_parts_of_a_bar_add_up_to_the_median():
    (chart,) = draw([workflow()])

    values = [row["value"] for row in chart.spec["layer"][0]["data"]["values"]]
    assert sum(values) == 10.0


def test_beside_the_median_stands_how_many_runs_it_is_of():
    (chart,) = draw([workflow(run_count=705, measured_run_count=581)])

    assert chart.finding == "“CI” takes longest, 10 min (n 581)"
