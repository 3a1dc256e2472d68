"""Where the time of builds goes, in words."""

from pipeline_etl.reports.sections.build_times import advise, draw


def stage(name: str = "unit_test", **values: object) -> dict[str, object]:
    return {
        "workflow_name": "CI",
        "stage_name": name,
        "part_seconds_p50": 12.0,
        "part_run_seconds_mean": 100.0,
        "part_ratio": 0.6,
        **values,
    }


def test_the_stage_that_takes_most_is_named(repository):
    assert advise([stage(), stage("deps", part_ratio=0.2)], repository) == (
        "In “CI” the stage “unit_test” takes most: 1 min 40 s of machine time a run, 60.0 % of all, 12 s in half of the "
        "jobs."
    )


def test_stages_that_leave_much_without_a_name_say_so_first(repository):
    said = advise([stage(), stage("other", part_ratio=0.31)], repository)

    assert said.startswith("31.0 % of the time of “CI” is in steps that no rule gives a stage")


def test_another_workflow_is_not_mixed_in():
    (chart,) = draw([stage(), stage("deps", workflow_name="Docs")])

    assert "deps" not in chart.description


def test_no_steps_are_no_health(repository):
    assert "No data is never healthy" in advise([], repository)
    assert draw([]) == []
