"""Flaky tests, at their worst."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipeline_etl.reports.sections.flaky_history import advise, draw

FIRST = datetime(2026, 3, 2, tzinfo=UTC)


def history(*weeks: tuple[int, float, str], now: str | None = "healthy") -> dict[str, object]:
    return {
        "full_test_name": "test_a",
        "worst_flake_score_ratio": 0.96,
        "worst_as_of_at": FIRST,
        "worst_incident_count": 3,
        "worst_execution_count": 133,
        "current_flakiness_class": now,
        "score_history": [
            {"as_of_at": FIRST + timedelta(weeks=week), "flake_score_ratio": score, "flakiness_class": word}
            for week, score, word in weeks
        ],
    }


def test_the_worst_of_history_is_named_with_what_became_of_it(repository):
    said = advise([history()], repository)

    assert said.startswith("The worst was “test_a”: probability 96.0 % on 2026-03-02, 3 incidents in 133 executions.")
    assert "healthy now" in said
    assert "It still is flaky" in advise([history(now="flaky")], repository)
    assert "not known" in advise([history(now="insufficient_data")], repository)
    assert "not known" in advise([history(now=None)], repository)
    assert "runs without it now" in advise([history(now="gone")], repository)


def test_no_suspicion_is_only_said_where_there_are_tests(repository):
    assert "None of 100 tests was suspected" in advise([], repository)
    assert "no data is never healthy" in advise([], replace(repository, test_execution_count=0))


def test_a_week_without_results_or_judgement_is_a_gap():
    row = history((0, 0.9, "flaky"), (1, 0.0, "insufficient_data"), (2, 0.5, "suspect"), (5, 0.4, "suspect"))

    (chart,) = draw([row])

    drawn = [(point["week"][:10], point["value"]) for point in chart.spec["data"]["values"]]
    assert drawn == [
        ("2026-03-02", 0.9),
        ("2026-03-09", None),
        ("2026-03-16", 0.5),
        ("2026-03-23", None),
        ("2026-04-06", 0.4),
    ]
