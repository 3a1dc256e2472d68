"""The verbs for Prometheus, on marts made by hand."""

from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from pipeline_etl.cli.app import app
from tests.declared_marts import marts_ddl


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_metrics_of_the_published_warehouse_are_printed() -> None:
    Path("data").mkdir()
    with duckdb.connect("data/warehouse.duckdb") as connection:
        connection.execute(marts_ddl())
        connection.execute(
            "insert into marts.dim_repositories (repository_name, as_of_at) values ('acme/shop', to_timestamp(1700000000))"
        )

    said = CliRunner().invoke(app, ["pipeline-metrics"])

    assert said.exit_code == 0
    assert 'ci_known_until_timestamp_seconds{repository="acme/shop"} 1.7e+09' in said.stdout


def test_without_a_warehouse_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPOSITORIES", "acme/shop")

    said = CliRunner().invoke(app, ["pipeline-metrics"])

    assert said.exit_code == 1
    assert "make generate-pipeline-report" in said.stderr
    assert said.stdout == ""


def test_a_port_that_is_taken_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("data").mkdir()
    with duckdb.connect("data/warehouse.duckdb") as connection:
        connection.execute(marts_ddl())

    said = CliRunner().invoke(app, ["serve-metrics", "--host", "192.0.2.1", "--port", "9464"])

    assert said.exit_code == 1
    assert "cannot be listened on" in said.stderr
