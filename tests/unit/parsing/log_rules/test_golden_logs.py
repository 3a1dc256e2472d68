"""Every rule against pieces of logs whose rows are known. README.md beside this file says where they come from."""

import json
from pathlib import Path

import pytest

from pipeline_etl.parsing.log_rules import RULES
from tests.parsed import parse_job_log

FOLDER = Path(__file__).parent
LOGS = sorted(FOLDER.glob("*/*.log"))


def rows_of(log: Path) -> list[dict]:
    rule = next(rule for rule in RULES if rule.name == log.parent.name)
    frame = parse_job_log(log.read_bytes(), steps=[]).frames[rule.table]
    return [{name: value for name, value in row.items() if value is not None} for row in frame.to_dicts()]


@pytest.mark.parametrize("log", LOGS, ids=lambda log: f"{log.parent.name}/{log.stem}")
def test_a_rule_reads_these_rows_and_no_others(log: Path) -> None:
    expected = json.loads(log.with_suffix(".json").read_text(encoding="utf-8"))

    assert json.loads(json.dumps(rows_of(log), default=str)) == expected


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_has_golden_logs(rule) -> None:
    assert [log for log in LOGS if log.parent.name == rule.name]


def test_no_two_rules_emit_one_table() -> None:
    assert len({rule.table for rule in RULES}) == len(RULES)
