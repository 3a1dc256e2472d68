"""The job again: nothing new changes nothing, readers are not disturbed, incremental equals from scratch."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.e2e.conftest import PROJECT, Ran, run_command

SECRET = "shown-to-nobody"


@pytest.fixture
def own_copy(sample_run: Ran, tmp_path: Path) -> Path:
    """A data folder that a test may change."""
    return Path(shutil.copytree(sample_run.data_root, tmp_path / "data"))


def lake_files(data_root: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in (data_root / "lake").rglob("*.parquet")}


def contents(warehouse: Path) -> dict[str, tuple[int, object]]:
    """Rows and a hash that does not depend on their order, of every mart; load_number says when, not what."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        names = [
            name
            for (name,) in connection.execute(
                "select table_name from information_schema.tables where table_schema = 'marts' order by all"
            ).fetchall()
        ]
        return {
            name: connection.execute(
                f"select count(*), sum(hash(columns(* exclude (load_number)))::hugeint) from marts.{name}"
                if "load_number" in [row[0] for row in connection.execute(f"describe marts.{name}").fetchall()]
                else f"select count(*), sum(hash(mart)::hugeint) from marts.{name} as mart"
            ).fetchone()
            for name in names
        }


def test_the_first_line_says_that_it_is_the_sample(sample_run):
    assert "sample" in (sample_run.stdout + sample_run.stderr).splitlines()[0].lower()


def test_the_summary_names_the_files_a_person_wants_next(sample_run):
    for name in ("pipeline-report.html", "pipeline-report.md", "pipeline-report.json", "warehouse.duckdb"):
        assert name in sample_run.stdout


def test_a_second_night_with_nothing_new_changes_no_row_and_writes_the_same_report(own_copy):
    files, marts = lake_files(own_copy), contents(own_copy / "warehouse.duckdb")
    report = (own_copy / "reports" / "pipeline-report.json").read_bytes()

    done = run_command("nightly", data_root=own_copy)

    assert done.returncode == 0, done.stderr[-2_000:]
    assert done.stdout + done.stderr == ""  # cron mails whatever is said
    assert lake_files(own_copy) == files
    assert contents(own_copy / "warehouse.duckdb") == marts
    assert (own_copy / "reports" / "pipeline-report.json").read_bytes() == report


def test_a_warehouse_that_was_deleted_is_rebuilt_from_the_lake_with_the_same_marts(own_copy):
    marts = contents(own_copy / "warehouse.duckdb")
    (own_copy / "warehouse.duckdb").unlink()

    done = run_command("nightly", data_root=own_copy)

    assert done.returncode == 0, done.stderr[-2_000:]
    assert contents(own_copy / "warehouse.duckdb") == marts


def test_sql_goes_on_while_the_nightly_job_replaces_the_warehouse(own_copy):
    question = "select count(*), max(attempt_ended_at) from marts.fct_run_attempts"
    with duckdb.connect(str(own_copy / "warehouse.duckdb"), read_only=True) as reader:
        before = reader.execute(question).fetchone()
        night = subprocess.Popen(
            [sys.executable, "-m", "pipeline_etl", "nightly"],
            cwd=PROJECT,
            env={"PATH": os.environ["PATH"], "HOME": str(own_copy.parent), "PIPELINE_ETL_DATA": str(own_copy)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        answers = set()
        while night.poll() is None:
            answers.add(reader.execute(question).fetchone())

    assert night.returncode == 0
    assert answers == {before}


def test_one_repository_that_fails_stops_nothing_else_and_is_named_at_the_end(tmp_path):
    data_root = tmp_path / "data"

    done = run_command(
        "nightly",
        data_root=data_root,
        REPOSITORIES="no/such,simonw/sqlite-utils",
        GITHUB_API_URL="http://127.0.0.1:9",
        GITHUB_TOKEN=SECRET,
    )

    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "no/such" in said
    assert "simonw/sqlite-utils" in said
    assert "Traceback" not in said
    assert SECRET not in said


def test_the_report_is_valid_json_with_every_section(sample_run):
    report = json.loads((sample_run.data_root / "reports" / "pipeline-report.json").read_text())

    assert len(report["sections"]) >= 8
    assert all(section["question"].endswith("?") for section in report["sections"])
    assert {repository["repository_name"] for repository in report["repositories"]} == {
        "bitcoin/bitcoin",
        "simonw/sqlite-utils",
    }
