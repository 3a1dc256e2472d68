"""Coverage and its change, in words."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline_etl.reports.sections.coverage_trend import advise, draw

ROW = {
    "head_sha": "a" * 40,
    "executed_at": datetime(2026, 3, 22, 23, 30, tzinfo=UTC),
    "line_ratio": 0.821,
    "line_change_ratio": 0.021,
    "valid_line_count": 1000,
    "unmerged_file_count": 0,
}
UNKNOWN = {**ROW, "head_sha": "b" * 40, "line_ratio": None, "line_change_ratio": None}


def test_the_last_commit_is_told_with_its_change_and_the_deepest_fall(repository):
    falls = [
        {**ROW, "head_sha": name * 40, "line_change_ratio": change} for name, change in (("c", -0.01), ("d", -0.04))
    ]

    assert advise([ROW, *falls], repository) == (
        "82.1 % of 1,000 lines are covered at aaaaaaaaaa of 2026-03-22, 2.1 points more than before it. "
        "The deepest fall came with dddddddddd of 2026-03-22, 4.0 points less: see what it left untested."
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (None, "; a change needs a commit measured before it."),
        (0.0, ", as before it."),
        (-0.0001, ", less than 0.1 points less than before it."),
    ],
)
def test_a_change_is_none_small_or_not_known(repository, change, words):
    assert words in advise([{**ROW, "line_change_ratio": change}], repository)


def test_shards_with_totals_only_have_no_share_and_hear_what_to_upload(repository):
    said = advise([{**UNKNOWN, "unmerged_file_count": 4}], repository)

    assert "bbbbbbbbbb, the share is not known: 4 files stand in several reports" in said
    assert "%" not in said
    assert "count no lines" in advise([UNKNOWN], repository)


def test_the_newest_that_is_known_is_told_beside_a_newer_one_that_is_not(repository):
    said = advise([UNKNOWN, ROW], repository)

    assert said.startswith("82.1 % of 1,000 lines are covered at aaaaaaaaaa")
    assert "Of the newest commit, bbbbbbbbbb" in said


def test_no_coverage_is_no_health_and_says_how_to_get_some(repository):
    said = advise([], repository)

    assert "no data is never healthy" in said
    assert "upload the file as an artifact from the default branch" in said


def test_a_week_is_drawn_by_the_last_commit_whose_share_is_known():
    before = {**ROW, "executed_at": ROW["executed_at"] - timedelta(days=7), "line_ratio": 0.8}
    earlier_that_week = {**ROW, "executed_at": ROW["executed_at"] - timedelta(days=1), "line_ratio": 0.5}

    assert draw([UNKNOWN, ROW, earlier_that_week]) == []

    (chart,) = draw([UNKNOWN, ROW, earlier_that_week, before])

    assert chart.finding == "82.1 % of lines are covered, 80.0 % were in the week of 2026-03-09"
