"""What every test stands on: no settings from the machine it runs on, a fixed clock, its own data folder."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

hypothesis_settings.register_profile("project", deadline=None, derandomize=True)
hypothesis_settings.load_profile("project")


@pytest.fixture(autouse=True)
def scrubbed_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No setting, token or Dagster home of the machine reaches a test, nor the make that runs it."""
    for name in list(os.environ):
        if name.startswith(("PIPELINE_ETL_", "GITHUB_", "DAGSTER_", "DBT_")) or name in {
            "REPOSITORIES",
            "MAKEFLAGS",
            "MAKELEVEL",
        }:
            monkeypatch.delenv(name)
    data_root = tmp_path / "data"
    monkeypatch.setenv("PIPELINE_ETL_DATA", str(data_root))
    return data_root


@pytest.fixture
def data_root(scrubbed_environment: Path) -> Path:
    """Folder for lake, warehouse and reports of this test alone; not made yet."""
    return scrubbed_environment


@pytest.fixture
def fixed_now() -> datetime:
    """A moment that never passes."""
    return datetime(2026, 8, 21, 3, 0, tzinfo=UTC)
