"""What is known of a repository."""

from dataclasses import replace

from pipeline_etl.reports.sections.coverage import advise, draw


def kind(name: str, ratio: float) -> dict[str, object]:
    return {"kind_name": name, "job_count": round(120 * ratio), "executed_job_count": 120, "covered_ratio": ratio}


def test_what_nothing_is_known_of_is_named(repository):
    said = advise([kind("Logs", 1.0), kind("Test results", 0.0), kind("Code coverage", 0.0)], repository)

    assert "Nothing is known of test results and code coverage" in said
    assert "never a sign of health" in said


def test_what_is_known_of_few_jobs_is_named_with_its_share(repository):
    assert "fewer than half of the jobs: test results (45.0 %)" in advise([kind("Test results", 0.45)], repository)


def test_without_a_job_nothing_can_be_said(repository):
    assert "nothing below can be said" in advise([], replace(repository, executed_job_count=0))


def test_a_chart_of_nothing_is_not_drawn():
    assert draw([kind("Logs", 0.0)]) == []
    assert len(draw([kind("Logs", 0.5), kind("Test results", 0.0)])) == 1
