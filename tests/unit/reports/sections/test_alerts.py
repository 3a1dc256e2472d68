"""What is beyond its threshold."""

import csv
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline_etl.reports.sections.alerts import RULES, advise, draw

SEED = Path(__file__).parents[4] / "dbt" / "seeds" / "alert_rules.csv"


def alert(**values: object) -> dict[str, object]:
    return {
        "alert_state": "open",
        "severity": "warning",
        "rule_name": "run_too_long",
        "entity_name": "CI",
        "alert_value": 2000.0,
        "threshold_value": 1800.0,
        "metric_unit": "seconds",
        "opened_at": datetime(2026, 3, 1, 8, tzinfo=UTC),
        **values,
    }


def test_the_first_open_alert_is_told_with_value_threshold_and_since_when(repository):
    rows = [alert(severity="critical"), alert(), alert(alert_state="resolved")]

    assert advise(rows, repository) == (
        "2 alerts are open. The first to look at: run above its limit, “CI”, 33 min 20 s against 30 min, "
        "since 2026-03-01 08:00 UTC."
    )


def test_nothing_open_and_nothing_known_are_two_things(repository):
    assert advise([alert(alert_state="resolved")], repository) == (
        "Nothing is beyond its threshold now; 1 earlier alert."
    )
    assert "No data is never healthy" in advise([], replace(repository, attempt_count=0))


def test_open_alerts_are_drawn_by_rule():
    (chart,) = draw([alert(), alert(severity="info"), alert(alert_state="resolved")])

    assert chart.description == "run above its limit: 2"
    assert draw([alert(alert_state="resolved")]) == []


def test_every_rule_of_the_seed_has_words_for_a_reader():
    with SEED.open(encoding="utf-8", newline="") as lines:
        rules = {row["rule_name"] for row in csv.DictReader(lines)}

    assert rules == set(RULES)
