"""Every notebook runs from its first cell to its last, on the sample and on a warehouse with nothing in it."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.declared_marts import marts_ddl

PROJECT = Path(__file__).parents[2]
NOTEBOOKS = sorted(path for path in (PROJECT / "notebooks").glob("*.py") if path.stem != "published")
EVERY_NOTEBOOK = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)


def run(notebook: Path, data_root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, notebook],
        cwd=data_root,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(data_root),
            "PYTHONPATH": str(PROJECT),
            "PIPELINE_ETL_DATA": str(data_root),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_there_are_notebooks_and_at_most_three():
    assert 0 < len(NOTEBOOKS) <= 3


@EVERY_NOTEBOOK
def test_a_notebook_runs_on_the_sample(notebook: Path, sample_warehouse: Path):
    done = run(notebook, sample_warehouse.parent)

    assert done.returncode == 0, done.stderr[-3_000:]


@EVERY_NOTEBOOK
def test_a_notebook_runs_where_nothing_is_known_yet(notebook: Path, tmp_path: Path):
    with duckdb.connect(tmp_path / "warehouse.duckdb") as connection:
        connection.execute(marts_ddl())

    done = run(notebook, tmp_path)

    assert done.returncode == 0, done.stderr[-3_000:]


@EVERY_NOTEBOOK
def test_a_notebook_reads_marts_only(notebook: Path):
    text = notebook.read_text("utf-8")

    assert "marts." in text
    assert not [schema for schema in ("raw.", "staging.", "intermediate.") if f"from {schema}" in text]
