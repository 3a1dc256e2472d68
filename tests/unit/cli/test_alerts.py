"""The list of open alerts as a person asks for it; nobody else is told unless that is asked for."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from pipeline_etl.cli.app import app
from tests.declared_marts import marts_ddl

NOW = datetime.now(UTC)
HOSTILE = "[red]build[/red] <!channel> \x1b[31m" + "x" * 300


def add(connection: duckdb.DuckDBPyConnection, alert_id: str, severity: str, state: str = "open") -> None:
    connection.execute(
        "insert into marts.rpt_alerts (alert_id, provider, repository_id, repository_name, rule_name, entity_kind, "
        "entity_name, severity, alert_state, opened_at, last_seen_at, alert_value, threshold_value, metric_unit, "
        "is_notifiable) values (?, 'github', 1, 'a/b', 'run_too_long', 'workflow', ?, ?, ?, ?, ?, 2000, 1800, 'seconds', true)",
        [alert_id, HOSTILE, severity, state, NOW, NOW],
    )


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[duckdb.DuckDBPyConnection]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REPOSITORIES", "a/b")
    (tmp_path / "data").mkdir()
    connection = duckdb.connect(tmp_path / "data" / "warehouse.duckdb")
    connection.execute(marts_ddl())
    know(connection, NOW)
    yield connection
    connection.close()


def know(connection: duckdb.DuckDBPyConnection, as_of_at: datetime) -> None:
    connection.execute("delete from marts.dim_repositories")
    connection.execute(
        "insert into marts.dim_repositories (provider, repository_id, repository_name, as_of_at, is_recorded_archive) "
        "values ('github', 1, 'a/b', ?, false)",
        [as_of_at],
    )


def say(warehouse: duckdb.DuckDBPyConnection, *words: str) -> Result:
    warehouse.close()
    return CliRunner().invoke(app, ["check-alerts", *words])


def test_nothing_open_is_0_and_something_open_is_3(warehouse) -> None:
    add(warehouse, "over", "critical", "resolved")
    add(warehouse, "slight", "info")

    result = say(warehouse)

    assert (result.exit_code, result.stdout) == (0, "No alerts are open.\n1 more of less weight: --severity info\n")
    assert say(warehouse, "--severity", "info").exit_code == 3


def test_a_table_fits_a_hundred_characters_whatever_names_hold(warehouse) -> None:
    add(warehouse, "grave", "critical")

    result = say(warehouse)

    assert result.exit_code == 3
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert "[red]build[/red]" in " ".join(result.stdout.split())
    assert "\x1b" not in result.stdout
    assert "33 min 20 s" in result.stdout


def test_json_has_every_field_of_every_open_alert(warehouse) -> None:
    add(warehouse, "grave", "critical")

    content = json.loads(say(warehouse, "--json").stdout)

    assert content["open_count"] == 1
    assert content["delivered"] == []
    assert (content["alerts"][0]["alert_id"], content["alerts"][0]["entity_name"]) == ("grave", HOSTILE)


def test_a_live_warehouse_that_is_old_is_an_alert(warehouse) -> None:
    know(warehouse, NOW - timedelta(days=3))

    result = say(warehouse)

    assert result.exit_code == 3
    assert "data is old" in result.stdout


def test_without_being_asked_nobody_is_told(warehouse, tmp_path: Path) -> None:
    add(warehouse, "grave", "critical")
    say(warehouse)

    assert not (tmp_path / "data" / "alerts").exists()


@pytest.mark.parametrize(
    ("channel", "what"),
    [
        ("slack", "PIPELINE_ETL_SLACK_WEBHOOK_URL is not set"),
        ("github", "GITHUB_TOKEN is not set"),
        ("pigeon", "There is no channel 'pigeon'"),
    ],
)
def test_a_channel_that_cannot_be_used_is_said_before_anything_is_told(warehouse, channel: str, what: str) -> None:
    result = say(warehouse, "--deliver", channel)

    assert result.exit_code == 1
    assert what in result.stderr


def test_a_channel_that_does_not_answer_is_said_and_is_1(warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINE_ETL_SLACK_WEBHOOK_URL", "http://127.0.0.1:1/services/secret")
    add(warehouse, "grave", "critical")

    result = say(warehouse, "--deliver", "slack")

    assert result.exit_code == 1
    assert "Not delivered to slack" in result.stderr
    assert "secret" not in result.stderr + result.stdout
