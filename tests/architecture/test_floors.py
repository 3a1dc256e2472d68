"""The floors of the house hold, and the contract that says so can fail."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([LINT_IMPORTS, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy_of_the_house(tmp_path: Path) -> Path:
    for path in [ROOT / "pyproject.toml", *ROOT.glob("pipeline_etl/**/*.py")]:
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return tmp_path


def test_every_room_imports_only_from_floors_below() -> None:
    result = lint(ROOT)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("pipeline_etl/parsing/timestamps.py", "import pipeline_etl.storage"),
        ("pipeline_etl/contracts/naming.py", "import httpx"),
        ("pipeline_etl/storage/lake.py", "import dagster"),
        ("pipeline_etl/cli/app.py", "import dagster"),
        ("pipeline_etl/reports/section.py", "import pipeline_etl.extraction"),
        ("pipeline_etl/newroom/__init__.py", ""),
    ],
)
def test_an_import_from_above_or_a_room_without_a_floor_fails_the_check(
    copy_of_the_house: Path, file: str, line: str
) -> None:
    broken = copy_of_the_house / file
    broken.parent.mkdir(exist_ok=True)
    broken.write_text(f"{broken.read_text('utf-8') if broken.exists() else ''}\n{line}\n", "utf-8")

    assert "BROKEN" in lint(copy_of_the_house).stdout


def test_orchestration_never_postpones_annotations() -> None:
    """Dagster reads them when the module is imported; postponed ones break a typed context."""
    modules = sorted((ROOT / "pipeline_etl" / "orchestration").glob("**/*.py"))

    assert modules
    assert [path.name for path in modules if "from __future__ import annotations" in path.read_text("utf-8")] == []


def test_only_settings_reads_the_environment() -> None:
    reading = ("os.environ[", "os.environ.get(", "os.getenv(")
    modules = [
        path for path in ROOT.glob("pipeline_etl/**/*.py") if any(word in path.read_text("utf-8") for word in reading)
    ]

    # What dbt inherits is put there, and put back, in one place.
    assert {path.relative_to(ROOT).as_posix() for path in modules} <= {
        "pipeline_etl/settings.py",
        "pipeline_etl/orchestration/resources.py",
    }


def test_a_module_longer_than_300_lines_is_two_modules() -> None:
    lengths = {
        path.relative_to(ROOT): len(path.read_text("utf-8").splitlines()) for path in ROOT.glob("pipeline_etl/**/*.py")
    }

    assert {path: length for path, length in lengths.items() if length > 300} == {}


def test_there_is_no_print() -> None:
    """Ruff's T20 says it of every file it is shown; this says that it is shown every file."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

    assert config["tool"]["ruff"]["lint"]["select"] == ["ALL"]
    assert "T201" not in config["tool"]["ruff"]["lint"]["ignore"]
