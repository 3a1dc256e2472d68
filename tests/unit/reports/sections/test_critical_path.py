"""Minutes of a run, by job."""

from pipeline_etl.reports.sections.critical_path import advise, draw


def job(name: str = "build", **values: object) -> dict[str, object]:
    return {
        "workflow_name": "CI",
        "job_name": name,
        "wall_ratio": 0.5,
        "execution_seconds_mean": 300.0,
        "queued_seconds_mean": 20.0,
        "scheduling_seconds_mean": None,
        "on_path_run_count": 25,
        "run_count": 30,
        "wall_seconds_mean": 640.0,
        **values,
    }


def test_the_longest_stretch_is_named(repository):
    said = advise([job(), job("deploy", wall_ratio=0.2)], repository)

    assert "“build” is the longest stretch: 50.0 % of an average run of 10 min 40 s" in said
    assert "in 25 of 30 runs" in said
    assert "Make it shorter" in said


def test_a_job_that_mostly_waits_needs_runners_and_not_speed(repository):
    assert "look for runners" in advise([job(queued_seconds_mean=400.0)], repository)


def test_no_path_is_said(repository):
    assert "No critical path is known" in advise([], repository)


def test_jobs_of_several_workflows_are_told_apart():
    (chart,) = draw([job(), job(workflow_name="Nightly")])

    assert chart.description == "CI / build: 50.0 % of the run; Nightly / build: 50.0 % of the run"
