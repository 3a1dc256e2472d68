"""Headline numbers and their changes."""

from math import log

import pytest

from pipeline_etl.reports.sections.headlines import advise, change, find, tiles, tone


def headline(**values: object) -> dict[str, object]:
    return {
        "metric_name": "wall_seconds_p50",
        "metric_title": "Median run",
        "metric_unit": "seconds",
        "current_value": 750.0,
        "previous_value": 600.0,
        "is_lower_better": True,
        "is_change_shown": True,
        **values,
    }


@pytest.mark.parametrize(
    ("values", "words", "colour"),
    [
        ({}, "▲ 25.0 %, was 10 min", "bad"),
        ({"current_value": 540.0}, "▼ 10.0 %, was 10 min", "good"),
        ({"is_lower_better": None}, "▲ 25.0 %, was 10 min", "neutral"),
        ({"is_change_shown": False}, "was 10 min; no clear change", "neutral"),
        ({"previous_value": None}, "nothing to compare with", "neutral"),
        ({"current_value": None}, "not enough data", "neutral"),
        ({"previous_value": 0.0}, "▲, was 0 s", "bad"),
        (
            {"metric_unit": "ratio", "current_value": 0.5, "previous_value": 0.6, "is_lower_better": False},
            "▼ 10.0 points, was 60.0 %",
            "bad",
        ),
    ],
)
def test_a_change_is_told_in_its_unit_and_coloured_only_when_it_is_clear(values, words, colour):
    row = headline(**values)

    assert (change(row), tone(row)) == (words, colour)


def test_a_tile_shows_the_value_in_its_unit():
    (tile,) = tiles([headline()])

    assert (tile.title, tile.value) == ("Median run", "12 min 30 s")


def test_what_got_worse_is_named_first(repository):
    rows = [headline(), headline(metric_name="rerun_ratio", metric_title="Re-runs", current_value=500.0)]

    assert advise(rows, repository) == "Look first at what got worse: median run."


def test_shorter_runs_are_no_progress_when_more_of_them_fail(repository):
    failing = headline(
        metric_name="success_ratio",
        metric_title="Success",
        metric_unit="ratio",
        current_value=0.1,
        previous_value=0.7,
        is_lower_better=False,
    )

    said = advise([headline(current_value=54.0), failing], repository)

    assert "got worse: success." in said
    assert "do not read the shorter durations as progress" in said


def test_no_headline_is_no_health(repository):
    assert "No data is never healthy" in advise([], repository)
    assert "No data is never healthy" in advise([headline(current_value=None)], repository)


def test_a_first_period_is_a_baseline(repository):
    assert "baseline" in advise([headline(previous_value=None)], repository)


def test_clear_changes_are_findings_and_others_are_not(repository):
    rows = [headline(), headline(is_change_shown=False), headline(is_lower_better=None), headline(previous_value=None)]

    (found,) = find(rows, repository)

    assert found.text == "Median run: 12 min 30 s in the last 30 days (▲ 25.0 %, was 10 min in the 30 days before)."
    assert (found.tone, found.weight) == ("bad", pytest.approx(log(1.25)))


def test_a_share_is_ranked_by_its_odds(repository):
    (found,) = find(
        [headline(metric_unit="ratio", current_value=0.5, previous_value=0.8, is_lower_better=False)], repository
    )

    assert found.weight == pytest.approx(log(4))


def test_runs_that_got_shorter_by_failing_are_no_finding(repository):
    failing = headline(
        metric_name="success_ratio", metric_unit="ratio", current_value=0.2, previous_value=0.8, is_lower_better=False
    )

    assert [found.tone for found in find([headline(current_value=60.0), failing], repository)] == ["bad"]
    assert [found.tone for found in find([headline(current_value=60.0)], repository)] == ["good"]
