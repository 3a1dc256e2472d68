"""How long the default branch stays red."""

from dataclasses import replace
from datetime import UTC, datetime

from pipeline_etl.reports.sections.recoveries import advise, draw


def episode(**values: object) -> dict[str, object]:
    return {
        "workflow_name": "CI",
        "recovery_kind": "recovery",
        "failed_at": datetime(2026, 3, 1, 11, tzinfo=UTC),
        "red_seconds": 4500.0,
        "last_good_sha": "a" * 40,
        "first_bad_sha": "b" * 40,
        "suspect_commit_count": 1,
        "recovery_seconds_p50": 4500.0,
        "episode_count": 3,
        "flaky_recovery_count": 0,
        **values,
    }


def test_what_is_red_now_is_told_with_its_commits(repository):
    assert advise([episode(recovery_kind="open"), episode()], repository) == (
        "“CI” is red on the default branch since 2026-03-01 11:00 UTC (1 h 15 min). "
        "1 commit with a run to look at: after aaaaaaaaaa, up to bbbbbbbbbb."
    )
    assert "No green run before it is known" in advise(
        [episode(recovery_kind="open", last_good_sha=None, suspect_commit_count=None)], repository
    )


def test_when_all_is_green_the_usual_time_is_told_and_flaky_ones_apart(repository):
    assert advise([episode(flaky_recovery_count=2)], repository) == (
        "Nothing is red now. In the last 90 days “CI” was red 3 times, and half of the episodes were mended within "
        "1 h 15 min. Twice more the same commit passed when run again: that is flaky, not mended."
    )
    assert advise([episode(recovery_seconds_p50=None)], repository) == (
        "Nothing is red now; the last episode began on 2026-03-01."
    )


def test_never_red_and_nothing_known_are_two_things(repository):
    assert advise([], repository) == "No run of the default branch that is known has failed."
    assert "No data is never healthy" in advise([], replace(repository, run_count=0))


def test_episodes_are_drawn_by_how_they_ended():
    (chart,) = draw([episode(recovery_kind="open"), episode()])

    assert chart.description == "2026-03-01 CI: 1 h 15 min; 2026-03-01 CI: 1 h 15 min"
    assert set(chart.legend) == {"mended", "still red"}
    assert draw([]) == []
