"""What to make faster first."""

from pipeline_etl.reports.sections.bottlenecks import advise, draw


def subject(kind: str = "job", name: str = "build", **values: object) -> dict[str, object]:
    return {
        "workflow_name": "CI",
        "subject_kind": kind,
        "subject_name": name,
        "is_enough_data": True,
        "blame_ratio": 0.3,
        "wall_seconds_p50": 600.0,
        "saving_seconds_p50": 60.0 if kind == "job" else None,
        "saving_seconds_low": 50.0 if kind == "job" else None,
        "saving_seconds_high": 70.0 if kind == "job" else None,
        **values,
    }


def test_the_job_whose_speed_the_whole_run_gains_most_from_is_named(repository):
    said = advise([subject(saving_seconds_p50=30.0, name="lint"), subject()], repository)

    assert said == (
        "Make “build” faster first: 30 % off it takes 1 min off the median run of 10 min (90 % interval 50 s to 1 min 10 s)."
    )


def test_a_gain_that_may_be_none_is_not_advised(repository):
    assert "No single job would clearly" in advise([subject(saving_seconds_low=0.0)], repository)
    assert "No single job would clearly" in advise([subject(saving_seconds_low=None)], repository)


def test_runs_that_mostly_wait_need_runners_first(repository):
    said = advise([subject(), subject("wait", "runner_queue", blame_ratio=0.9)], repository)

    assert said.startswith("90.0 % of the minutes of “CI” are waits")
    assert "Of the jobs, make “build” faster first" in said


def test_waits_of_two_workflows_are_not_added_up(repository):
    waits = [subject("wait", "runner_queue", blame_ratio=0.3, workflow_name=name) for name in ("CI", "Docs")]

    assert "are waits" not in advise([subject(), *waits], repository)


def test_stages_that_say_little_are_said_to(repository):
    said = advise([subject(), subject("stage", "other", blame_ratio=0.8)], repository)

    assert "80.0 % of the minutes of “CI” are in steps that no rule of dbt/seeds/stage_rules.csv matches" in said
    assert "no rule" not in advise([subject(), subject("stage", "build", blame_ratio=0.8)], repository)


def test_too_few_runs_are_said(repository):
    assert "No data is never healthy" in advise([subject(is_enough_data=False)], repository)


def test_only_jobs_have_a_what_if():
    (chart,) = draw([subject(), subject("stage", "unit_test"), subject("wait", "runner_queue")])

    assert chart.description == "build: 1 min"
    assert draw([subject("stage", "unit_test")]) == []
