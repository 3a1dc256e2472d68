"""What jobs wait for."""

from pipeline_etl.reports.sections.waits import advise, draw


def wait(name: str, total: float | None, **values: object) -> dict[str, object]:
    return {
        "wait_name": name,
        "wait_seconds_total": total,
        "wait_seconds_p50": 27.0,
        "wait_seconds_p95": 600.0,
        **values,
    }


def test_the_costliest_wait_is_named_but_never_that_for_other_jobs(repository):
    said = advise(
        [wait("for other jobs", 9e6), wait("for a runner", 7200.0), wait("to be scheduled", 800.0)], repository
    )

    assert "is for a runner: 2 h in 30 days, 90.0 % of it" in said
    assert "one in twenty more than 10 min" in said


def test_an_unknown_wait_is_not_a_wait_of_zero(repository):
    assert "No wait is known" in advise([wait("for a runner", None)], repository)
    assert "none but that for other jobs" in advise([wait("for a runner", 0.0)], repository)


def test_waits_of_zero_are_not_drawn():
    assert draw([wait("for a runner", 0.0), wait("for an approval", None)]) == []
