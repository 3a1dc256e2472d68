"""The plan as a person asks for it, from a warehouse made by hand."""

import json
import subprocess
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from pipeline_etl.cli.app import app
from tests.declared_marts import marts_ddl

PATH = ".github/workflows/ci.yml"
TEXT = "jobs:\n  test:\n    runs-on: x  # why\n    steps: []\n"
LIMIT = TEXT.replace("# why\n", "# why\n    timeout-minutes: 20\n")


def insert(connection: duckdb.DuckDBPyConnection, mart: str, **row: object) -> None:
    connection.execute(
        f"insert into marts.{mart} ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values())
    )


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    with duckdb.connect(tmp_path / "data" / "warehouse.duckdb") as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(marts_ddl())
        for number, name in enumerate(("a/b", "c/d")):
            key = {"provider": "github", "repository_id": number, "repository_name": name}
            insert(connection, "dim_repositories", **key, as_of_at="2026-08-20 12:00:00+00", is_recorded_archive=True)
            insert(connection, "dim_workflow_files", **key, workflow_path=PATH, content_text=TEXT, is_redacted=False)
            insert(
                connection,
                "rpt_declared_jobs",
                **key,
                workflow_path=PATH,
                workflow_name="CI",
                workflow_job_key="test",
                measured_job_count=200,
                successful_job_count=200,
                timed_out_job_count=0,
                execution_seconds_p99=700.0,
                longest_success_seconds=800.0,
                proposed_timeout_seconds=1200.0,
                overlong_seconds_total=0.0,
                timeout_verdict="too loose",
            )


def say(*words: str) -> Result:
    return CliRunner().invoke(app, ["scale-pipeline-resources", *words])


def with_suite(*, file_path: str | None) -> None:
    with duckdb.connect("data/warehouse.duckdb") as connection:
        key = {"provider": "github", "repository_id": 0, "repository_name": "a/b", "job_config_id": "c"}
        figures = {"measured_job_count": 20, "job_test_seconds_p50": 9.0, "overhead_seconds": 9.0, "shard_count": 1}
        insert(connection, "rpt_test_suites", **key, **figures, job_name="test", is_parallel_inside=False)
        test = {"test_id": "t", "suite_name": "pytest", "class_name": "tests.test_a", "test_name": "test_b[1]"}
        insert(connection, "rpt_test_durations", **key, **test, file_path=file_path, expected_seconds=9.0)


def test_the_plan_of_one_repository_is_a_patch_that_git_applies(tmp_path: Path) -> None:
    result = say("--repository", "A/B", "-o", "plan.patch")

    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / PATH).write_text(TEXT)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", "plan.patch"], cwd=tmp_path, check=True)
    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / PATH).read_text() == LIMIT


def test_nothing_is_applied_and_nothing_is_written_unless_asked_for(tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}

    assert say().exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_all_repositories_have_a_plan_and_their_patches_do_not_go_into_one_file(tmp_path: Path) -> None:
    assert [line for line in say().stdout.splitlines() if line.startswith("# Scaling plan")] == [
        "# Scaling plan of a/b, from what its CI did until 2026-08-20 12:00 UTC.",
        "# Scaling plan of c/d, from what its CI did until 2026-08-20 12:00 UTC.",
    ]
    refused = say("-o", "plan.patch")
    assert refused.exit_code == 1
    assert "name one with --repository" in refused.stderr
    assert not (tmp_path / "plan.patch").exists()


def test_the_plan_can_be_had_as_json() -> None:
    content = json.loads(say("--format", "json").stdout)

    assert [plan["repository_name"] for plan in content] == ["a/b", "c/d"]
    assert "+    timeout-minutes: 20" in content[0]["patch"]


def test_a_checkout_stands_in_for_what_ran_last(tmp_path: Path) -> None:
    local = tmp_path / "clone" / PATH
    local.parent.mkdir(parents=True)
    local.write_text(TEXT.replace("# why", "# another reason"))

    assert "# another reason" in say("--repository", "a/b", "--checkout", "clone").stdout
    local.unlink()
    assert "hand in a checkout" in say("--repository", "a/b", "--checkout", "clone").stdout


def test_a_workflow_path_that_leads_out_of_the_checkout_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "clone").mkdir()
    (tmp_path / "secret.yml").write_text(TEXT)
    with duckdb.connect("data/warehouse.duckdb") as connection:
        for mart in ("dim_workflow_files", "rpt_declared_jobs"):
            connection.execute(f"update marts.{mart} set workflow_path = '../secret.yml'")

    assert "+++" not in say("--repository", "a/b", "--checkout", "clone").stdout


def test_durations_are_written_by_node_id(tmp_path: Path) -> None:
    with_suite(file_path="tests/test_a.py")

    assert say("--repository", "a/b", "--durations-path", ".test_durations").exit_code == 0
    assert json.loads((tmp_path / ".test_durations").read_text()) == {"tests/test_a.py::test_b[1]": 9.0}


def test_durations_without_files_are_refused_unless_the_collected_list_tells(tmp_path: Path) -> None:
    with_suite(file_path=None)
    (tmp_path / "collected.txt").write_text("tests/test_a.py::test_b[1]\n\n1 test collected in 0.01s\n")

    refused = say("--durations-path", ".test_durations")
    assert refused.exit_code == 1
    assert "junit_family = xunit1" in refused.stderr
    assert not (tmp_path / ".test_durations").exists()

    assert say("--durations-path", ".test_durations", "--collected", "collected.txt").exit_code == 0
    assert json.loads((tmp_path / ".test_durations").read_text()) == {"tests/test_a.py::test_b[1]": 9.0}


def test_a_repository_that_is_not_there_is_a_wrong_command_line() -> None:
    result = say("--repository", "e/f")

    assert result.exit_code == 2
    assert "it holds a/b, c/d" in result.stderr
