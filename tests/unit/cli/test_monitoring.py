"""The verb that watches resources, in a pipe."""

from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from pipeline_etl.cli.app import app
from tests.declared_marts import marts_ddl


def test_in_a_pipe_it_is_shown_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    with duckdb.connect("data/warehouse.duckdb") as connection:
        connection.execute(marts_ddl())

    said = CliRunner().invoke(app, ["resource-monitoring"])

    assert said.exit_code == 0
    assert "No job has been measured" in said.stdout
