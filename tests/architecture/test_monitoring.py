"""Alert rules read metrics there are; each has its test, and promtool says that they hold."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from pipeline_etl.exporter import GAUGES
from pipeline_etl.exporter.exposition import label_name

FOLDER = Path(__file__).parents[2] / "monitoring" / "prometheus"
LABELS = {gauge.name: {"repository", *map(label_name, gauge.labels)} for gauge in GAUGES}


def read(name: str) -> Any:
    return YAML(typ="safe").load(FOLDER / name)


RULES = [rule for group in read("rules.yml")["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_reads_metrics_and_labels_there_are_and_says_what_to_do(rule: dict[str, Any]) -> None:
    metrics = set(re.findall(r"\bci_\w+", rule["expr"]))
    named = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))

    assert metrics
    assert metrics <= set(LABELS)
    assert named <= set.union(*(LABELS[metric] for metric in metrics))
    assert rule["annotations"]["action"]


def test_of_every_alert_it_is_tried_when_it_fires_and_when_it_does_not() -> None:
    tried = [each for test in read("rules_test.yml")["tests"] for each in test["alert_rule_test"]]

    assert {each["alertname"] for each in tried if each["exp_alerts"]} == {rule["alert"] for rule in RULES}
    assert {each["alertname"] for each in tried if not each["exp_alerts"]} == {rule["alert"] for rule in RULES}


def test_series_of_the_tests_are_of_metrics_and_labels_there_are() -> None:
    given = [series["series"] for test in read("rules_test.yml")["tests"] for series in test["input_series"]]

    for series in given:
        name, _, labels = series.partition("{")
        assert set(re.findall(r"(\w+)=", labels)) == LABELS[name], series


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool comes with Prometheus, not with this project")
def test_promtool_says_that_the_rules_hold() -> None:
    for words in (("check", "rules", "rules.yml"), ("test", "rules", "rules_test.yml")):
        done = subprocess.run(["promtool", *words], cwd=FOLDER, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
