"""What passes less often than it did, and has kept to it."""

from dataclasses import replace
from datetime import date

from pipeline_etl.reports.sections.pass_rates import advise, draw, find


def fall(**values: object) -> dict[str, object]:
    return {
        "series_kind": "job",
        "series_name": "build",
        "regression_state": "open",
        "onset_date": date(2026, 3, 2),
        "baseline_pass_ratio": 0.99,
        "changed_pass_ratio": 0.7,
        "baseline_result_count": 280,
        "changed_result_count": 40,
        "last_good_sha": "a" * 40,
        "first_bad_sha": "b" * 40,
        "suspect_commit_count": 2,
        **values,
    }


def test_the_deepest_fall_still_there_is_told_with_its_commits(repository):
    rows = [fall(series_name="lint", changed_pass_ratio=0.9), fall(), fall(regression_state="recovered")]

    assert advise(rows, repository) == (
        "“build” (job) passes in 70.0 % of the runs of the default branch instead of 99.0 % since 2026-03-02. "
        "The last pass before is of aaaaaaaaaa, the first failure of bbbbbbbbbb: 2 commits with a run to look at first."
    )


def test_a_whole_workflow_goes_before_any_part_of_it(repository):
    rows = [fall(), fall(series_kind="workflow", series_name="CI", changed_pass_ratio=0.9)]

    assert advise(rows, repository).startswith("“CI” (workflow)")


def test_unknown_commits_are_said_to_be(repository):
    assert "No run shows" in advise([fall(last_good_sha=None)], repository)


def test_what_came_back_is_no_reason_to_act(repository):
    said = advise([fall(regression_state="recovered")], repository)

    assert said == (
        "Nothing that runs often enough to be judged passes less often now than it used to; 1 earlier fall below."
    )


def test_too_few_runs_are_not_called_healthy(repository):
    assert "No data is never healthy" in advise([], replace(repository, recent_run_count=59))
    assert "No data" not in advise([], replace(repository, recent_run_count=60))


def test_only_falls_still_there_are_drawn():
    (chart,) = draw([fall(), fall(regression_state="recovered", series_name="lint")])

    assert chart.description == "build: 29.0 %"
    assert draw([fall(regression_state="recovered")]) == []


def test_a_fall_of_the_last_30_days_is_a_finding(repository):
    rows = [fall(), fall(onset_date=date(2026, 2, 20)), fall(regression_state="recovered"), fall(series_kind="test")]

    (found,) = find(rows, repository)

    assert found.text == (
        "“build” (job) passes in 70.0 % of the runs of the default branch instead of 99.0 % since 2026-03-02, "
        "and has kept to it."
    )
    assert found.tone == "bad"
    assert find(rows, replace(repository, as_of_at=None)) == []


def test_a_fall_from_what_always_passed_has_a_weight(repository):
    (always, nearly) = find([fall(baseline_pass_ratio=1.0), fall()], repository)

    assert always.weight > nearly.weight > 0
