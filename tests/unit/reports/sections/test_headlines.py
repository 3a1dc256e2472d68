"""Headline numbers and their changes."""

import pytest

from pipeline_etl.reports.sections.headlines import advise, change, tiles, tone


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
