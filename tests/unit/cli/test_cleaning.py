"""The list as a person asks for it. It deletes nothing unless told to, and never of a recorded archive."""

import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from pipeline_etl.cli.app import app
from tests.declared_marts import marts_ddl


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REPOSITORIES", "a/b")
    (tmp_path / "data").mkdir()
    with duckdb.connect(tmp_path / "data" / "warehouse.duckdb") as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(marts_ddl())
        connection.execute(
            "insert into marts.dim_repositories (provider, repository_id, repository_name, as_of_at, "
            "is_recorded_archive) values ('github', 1, 'a/b', '2026-08-20 00:00:00+00', false)"
        )
        connection.execute(
            "insert into marts.fct_artifacts (provider, repository_id, repository_name, artifact_id, artifact_name, "
            "artifact_bytes, is_expired, created_at) select 'github', 1, 'a/b', number, 'dist', number * 1000000, false, "
            "timestamptz '2026-08-20 00:00:00+00' - to_days(cast(number as integer)) from range(1, 101) numbers (number)"
        )


def say(*words: str) -> Result:
    return CliRunner().invoke(app, ["clean-artifacts", *words])


def test_what_may_go_is_listed_with_what_it_frees_and_what_stays() -> None:
    said = say("--older-than", "30", "--larger-than", "90").stdout

    assert "a/b, as known up to 2026-08-20 00:00 UTC" in said
    assert "Deleting 11 things frees 1.0 GB; 89 things of 4.0 GB stay." in said
    assert said.count("made 100 days before") == 1


def test_the_terminal_shows_the_largest_and_the_json_everything() -> None:
    (content,) = json.loads(say("--format", "json", "--keep-latest", "3", "--older-than", "0").stdout)

    assert "… and 77 more things" in say("--keep-latest", "3", "--older-than", "0").stdout
    assert [each["id"] for each in content["candidates"]] == list(range(100, 3, -1))


def test_of_a_repository_nothing_is_known_to_be_held_of_no_sizes_are_told(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "data" / "warehouse.duckdb") as connection:
        connection.execute("delete from marts.fct_artifacts")

    said = say().stdout

    assert "No artifact and no cache of it is known to be still there: there is nothing to delete." in said
    assert "0 B" not in said


def test_without_being_told_to_nothing_is_asked_of_the_service(tmp_path: Path) -> None:
    assert say().exit_code == 0
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["warehouse.duckdb"]


def test_deleting_needs_a_token(tmp_path: Path) -> None:
    result = say("--apply")

    assert result.exit_code == 1
    assert "GITHUB_TOKEN is not set: deleting needs one with Actions: write." in result.stderr


@pytest.mark.parametrize("is_sample", [True, False])
def test_a_recorded_archive_is_never_deleted_from(monkeypatch: pytest.MonkeyPatch, *, is_sample: bool) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "made-up")
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:1")
    if is_sample:
        monkeypatch.delenv("REPOSITORIES")
    else:
        with duckdb.connect("data/warehouse.duckdb") as connection:
            connection.execute("update marts.dim_repositories set is_recorded_archive = true")

    result = say("--apply")

    assert result.exit_code == 1
    assert "Nothing is deleted: what is listed is of a recorded archive." in result.stderr


def test_what_was_deleted_since_the_last_sync_is_not_listed_again(tmp_path: Path) -> None:
    lines = [{"repository_name": "a/b", "kind": "artifact", "id": number, "outcome": "deleted"} for number in (99, 100)]
    (tmp_path / "data/deletions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    (content,) = json.loads(say("--format", "json").stdout)

    assert content["candidates"][0]["id"] == 98


def test_what_is_not_stored_yet_is_not_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "made-up")
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:1")
    with duckdb.connect("data/warehouse.duckdb") as connection:
        connection.execute(
            "insert into marts.rpt_completeness (provider, repository_id, repository_name, item_kind, not_yet_count) "
            "values ('github', 1, 'a/b', 'artifact', 2), ('github', 1, 'a/b', 'job_log', 9)"
        )

    result = say("--apply")

    assert result.exit_code == 1
    assert "Nothing is deleted: 2 artifacts of a/b have not been read yet" in result.stderr
