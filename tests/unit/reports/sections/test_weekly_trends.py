"""Week by week."""

from datetime import date, timedelta

from pipeline_etl.reports.sections.weekly_trends import SECTION, advise, draw, find


def week(number: int, **values: object) -> dict[str, object]:
    row = dict.fromkeys(column.name for column in SECTION.columns)
    return {
        **row,
        "workflow_name": "CI",
        "iso_week_start_date": date(2026, 1, 5) + timedelta(weeks=number),
        "iso_week": f"2026-W{2 + number:02}",
        "is_week_complete": True,
        "run_count": 20,
        "wall_seconds_p50": 600.0,
        **values,
    }


def test_a_clear_change_of_the_last_complete_week_is_told(repository):
    rows = [week(2, is_week_complete=False), week(1, is_wall_change_shown=True, wall_change_ratio=0.12), week(0)]

    said = advise(rows, repository)

    assert said == (
        "In 2026-W03 the median run of “CI” was 12.0 % longer than the week before, more than chance: "
        "find what changed in that week."
    )


def test_noise_is_called_noise(repository):
    said = advise([week(1, is_wall_change_shown=False, wall_change_ratio=0.3), week(0)], repository)

    assert "no clear change" in said


def test_a_week_that_cannot_be_compared_is_not_called_unchanged(repository):
    said = advise([week(1, is_wall_change_shown=False), week(0)], repository)

    assert "too few runs to compare" in said


def test_one_week_is_no_trend(repository):
    assert "1 such week is stored" in advise([week(1, is_week_complete=False), week(0)], repository)
    assert "no such weeks are stored" in advise([], repository)


def test_charts_are_drawn_for_what_is_known_only():
    charts = draw([week(1), week(0)])

    assert [chart.title for chart in charts] == ["Duration of a run, minutes", "Runs"]
    assert draw([]) == []


def test_another_workflow_is_in_the_table_and_not_in_the_chart():
    charts = draw([week(1), week(0), week(5, workflow_name="Nightly"), week(4, workflow_name="Nightly")])

    assert charts == draw([week(1), week(0)])


def test_the_last_complete_week_of_each_workflow_is_a_finding_when_it_moved(repository):
    moved = {"is_wall_change_shown": True, "wall_change_ratio": -0.5}
    rows = [
        week(2, is_week_complete=False, **moved),
        week(1, **moved),
        week(0, is_wall_change_shown=True, wall_change_ratio=3.0),
        week(1, workflow_name="lint", is_wall_change_shown=False, wall_change_ratio=0.9),
    ]

    (found,) = find(rows, repository)

    assert found.text == "The median run of “CI” took 10 min in 2026-W03: 50.0 % shorter than the week before."
    assert found.tone == "good"
