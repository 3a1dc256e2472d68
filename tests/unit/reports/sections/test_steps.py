"""What is said of the durations of steps."""

from pipeline_etl.reports.sections.steps import advise, draw


def step(name="Run tests", **values):
    return {"job_name": "test", "step_name": name, "measured_step_count": 30, "step_seconds_total": 600.0, **values}


def test_the_step_with_most_time_is_named_with_its_job(repository):
    said = advise([step(), step("Check out", step_seconds_total=200.0)], repository)

    assert said == "Most time goes to “Run tests” of “test”: 10 min in 30 days, 75.0 % of the steps listed here."


def test_steps_of_unknown_length_are_no_data(repository):
    for rows in ([], [step(step_seconds_total=None)], [step(step_seconds_total=0.0)]):
        assert "No data is never healthy" in advise(rows, repository)
        assert draw(rows) == []


def test_the_chart_says_how_often_a_step_ran():
    (chart,) = draw([step(), step("Check out", step_seconds_total=None)])

    assert chart.description == "Run tests / test: 10 min (n 30)"
