"""What is said of the durations of jobs."""

from pipeline_etl.reports.sections.jobs import advise, draw


def job(name="build", **values):
    return {
        "job_name": name,
        "measured_job_count": 30,
        "execution_seconds_p50": 60.0,
        "execution_seconds_total": 1800.0,
        **values,
    }


def test_the_job_with_most_machine_time_is_named(repository):
    said = advise(
        [job("build", execution_seconds_total=3000.0), job("lint", execution_seconds_total=1000.0)], repository
    )

    assert said.startswith("“build” takes most machine time: 50 min in 30 days, 75.0 % of the 2 jobs listed here.")
    assert said.endswith("Half of the time it takes longer than 1 min.")


def test_a_job_that_ran_seldom_has_no_median(repository):
    assert "needs 5" in advise([job(execution_seconds_p50=None)], repository)


def test_jobs_of_unknown_length_are_not_called_quick(repository):
    assert "how long is not known" in advise(
        [job(execution_seconds_p50=None, execution_seconds_total=None)], repository
    )


def test_without_jobs_there_is_no_data(repository):
    assert "No data is never healthy" in advise([], repository)


def test_the_chart_begins_with_the_longest_median_and_says_how_often(repository):
    (chart,) = draw(
        [
            job("often", execution_seconds_p50=10.0),
            job("slow", execution_seconds_p50=90.0),
            job("x", execution_seconds_p50=None),
        ]
    )

    assert chart.finding == "“slow” takes longest: 1 min 30 s"
    assert chart.description == "slow: 1 min 30 s (n 30); often: 10 s (n 30)"


def test_without_a_median_there_is_no_chart():
    assert draw([job(execution_seconds_p50=None)]) == []
