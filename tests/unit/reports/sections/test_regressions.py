"""What became slower, or faster, and stayed so."""

from dataclasses import replace
from datetime import date

from pipeline_etl.reports.sections.regressions import advise, draw, find


def change(**values: object) -> dict[str, object]:
    return {
        "series_kind": "job",
        "series_name": "build",
        "direction": "slower",
        "regression_state": "open",
        "onset_date": date(2026, 3, 2),
        "baseline_seconds": 100.0,
        "changed_seconds": 160.0,
        "change_seconds": 60.0,
        "change_ratio": 0.6,
        "last_good_sha": "a" * 40,
        "first_bad_sha": "b" * 40,
        "suspect_commit_count": 2,
        **values,
    }


def test_the_largest_slowdown_still_there_is_told_with_its_commits(repository):
    rows = [change(series_name="lint", change_seconds=31.0), change(), change(regression_state="recovered")]

    assert advise(rows, repository) == (
        "“build” (job) takes 2 min 40 s instead of 1 min 40 s since 2026-03-02. "
        "It came after aaaaaaaaaa and by bbbbbbbbbb: 2 commits with a run to look at."
    )


def test_a_whole_workflow_goes_before_any_part_of_it(repository):
    rows = [change(), change(series_kind="workflow", series_name="CI", change_seconds=40.0)]

    assert advise(rows, repository).startswith("“CI” (workflow)")


def test_unknown_commits_are_said_to_be(repository):
    assert "No run of the default branch shows" in advise([change(last_good_sha=None)], repository)


def test_what_is_faster_or_gone_is_no_reason_to_act(repository):
    said = advise([change(direction="faster"), change(regression_state="recovered")], repository)

    assert said == (
        "Nothing that runs often enough to be judged is slower now than it used to be; 2 earlier changes below."
    )


def test_too_few_runs_are_not_called_steady(repository):
    assert "No data is never healthy" in advise([], replace(repository, recent_run_count=49))
    assert "No data" not in advise([], replace(repository, recent_run_count=50))


def test_only_changes_still_there_are_drawn():
    (chart,) = draw([change(), change(direction="faster", series_name="lint", change_ratio=-0.2)])

    assert chart.description == f"build: +60.0 %; lint: {chr(0x2212)}20.0 %"
    assert draw([change(regression_state="recovered")]) == []


def test_a_lasting_change_of_the_last_30_days_is_a_finding(repository):
    rows = [
        change(),
        change(onset_date=date(2026, 2, 20)),
        change(regression_state="recovered"),
        change(series_kind="test"),
        change(baseline_seconds=0.0),
    ]

    (found,) = find(rows, repository)

    assert found.text == ("“build” (job) takes 2 min 40 s instead of 1 min 40 s since 2026-03-02, and has stayed so.")
    assert found.tone == "bad"
    assert find(rows, replace(repository, as_of_at=None)) == []
