"""The verbs that show the published warehouse, on marts made by hand."""

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from pipeline_etl.cli import jobs
from pipeline_etl.cli.app import app
from pipeline_etl.orchestration.run import Outcome, Trouble
from pipeline_etl.reports import VIEWS
from tests.declared_marts import marts_ddl

EVERY_VIEW = pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def _marts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("marts") / "warehouse.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(marts_ddl())
    return path


@pytest.fixture(autouse=True)
def _marts_at_hand(_marts: Path, own_folder: None) -> None:
    Path("empty.duckdb").symlink_to(_marts)


def publish(*, as_of_at: datetime = datetime(2026, 3, 30, tzinfo=UTC), is_recorded_archive: bool = True) -> None:
    Path("data").mkdir(exist_ok=True)
    shutil.copyfile("empty.duckdb", "data/warehouse.duckdb")
    with duckdb.connect("data/warehouse.duckdb") as connection:
        connection.execute(
            "insert into marts.dim_repositories by name select 'github' as provider, 1 as repository_id, "
            "'acme/shop' as repository_name, ? as is_recorded_archive, ? as as_of_at",
            [is_recorded_archive, as_of_at],
        )
        connection.execute(
            "insert into marts.dim_workflows by name select 'github' as provider, 1 as repository_id, 'CI' as workflow_name"
        )


def say(*words: str) -> Result:
    return CliRunner().invoke(app, words)


@EVERY_VIEW
def test_a_view_prints_its_sections_and_writes_its_files(view) -> None:
    publish()

    result = say(view.name)

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(view.title)
    for section in view.sections:
        assert section.question in result.stdout
    assert sorted(path.name for path in Path("data/reports").iterdir()) == [
        f"{view.name}.html",
        f"{view.name}.json",
        f"{view.name}.md",
    ]
    assert result.stdout.splitlines()[-1] == f"Report     data/reports/{view.name}.json"
    assert result.stderr == ""


@EVERY_VIEW
def test_another_format_goes_to_stdout_and_nowhere_else(view) -> None:
    publish()

    assert json.loads(say(view.name, "--format", "json").stdout)["report"]["name"] == view.name
    assert say(view.name, "--format", "md").stdout.startswith(f"# {view.title}")
    assert say(view.name, "--format", "html").stdout.startswith("<!doctype html>")
    assert say(view.name, "--format", "comment").stdout.startswith(f"### {view.title}")
    assert not Path("data/reports").exists()


@EVERY_VIEW
def test_help_says_what_it_shows_and_gives_examples(view, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")

    said = say(view.name, "--help").stdout

    assert view.purpose.split(":", maxsplit=1)[0] in said
    assert f"make {view.name} WORKFLOW=CI SINCE=2026-01-01" in said


def test_options_narrow_it() -> None:
    publish()

    words = ("--repository", "shop", "--workflow", "ci", "--since", "2026-03-01")
    told = json.loads(say("pipeline-timing-report", *words, "--format", "json").stdout)

    assert told["report"]["narrowed_to"] == {
        "repository_name": "acme/shop",
        "workflow_name": "CI",
        "since": "2026-03-01",
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--workflow", "CJ"), "there is no workflow 'CJ' in the warehouse; did you mean 'CI'?"),
        (("--repository", "acme/shpo"), "did you mean 'acme/shop'?"),
        (("--since", "yesterday"), "'yesterday' is no day; write it as in 2026-01-01."),
        (("--format", "pdf"), "pdf"),
    ],
)
def test_what_is_not_there_is_an_error_of_the_command_line(words: tuple[str, str], said: str) -> None:
    publish()

    result = say("pipeline-timing-report", *words)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in re.sub(r"[│\s]+", " ", result.stderr)


def test_with_nothing_set_and_nothing_there_the_sample_is_built_first(monkeypatch: pytest.MonkeyPatch) -> None:
    built = []

    def run(_: object, job_name: str, **__: object) -> jobs.Result:
        publish()
        built.append(job_name)
        return jobs.Result(outcome=Outcome(is_complete=True, errors=(), warnings=(), facts={}), report=None)

    monkeypatch.setattr(jobs, "run", run)

    first, second = say("cache-analysis"), say("cache-analysis")

    assert built == ["nightly"]
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout == second.stdout
    assert "so it is built first" in first.stderr
    assert "bundled sample" in first.stderr
    assert "The bundled sample." in first.stdout


def test_a_build_that_failed_is_said_and_no_report_is_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = Outcome(is_complete=False, errors=(Trouble(what="the disk is full"),), warnings=(), facts={})
    monkeypatch.setattr(jobs, "run", lambda *_, **__: jobs.Result(outcome=failed, report=None))

    result = say("cache-analysis")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "the disk is full" in result.stderr


def test_for_repositories_of_ones_own_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPOSITORIES", "acme/shop,acme/tool")

    result = say("pipeline-timing-report")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "`make generate-pipeline-report REPOSITORIES=acme/shop,acme/tool`" in result.stderr


def test_a_warehouse_without_marts_says_what_to_type() -> None:
    Path("data").mkdir()
    duckdb.connect("data/warehouse.duckdb").close()

    result = say("pipeline-timing-report")

    assert result.exit_code == 1
    assert "make generate-pipeline-report" in result.stderr


def test_an_old_warehouse_is_told_of_in_one_line_and_an_archive_does_not_age() -> None:
    now = datetime.now(UTC)
    publish(as_of_at=now - timedelta(days=3, hours=1), is_recorded_archive=False)
    old = say("pipeline-timing-report")
    Path("data/warehouse.duckdb").unlink()
    publish(as_of_at=now - timedelta(days=1), is_recorded_archive=False)
    fresh = say("pipeline-timing-report")
    Path("data/warehouse.duckdb").unlink()
    publish(as_of_at=now - timedelta(days=300))
    archive = say("pipeline-timing-report")

    assert old.exit_code == 0
    assert old.stderr.startswith("Note: The warehouse is 3 days old")
    assert len(old.stderr.splitlines()) == 1
    assert "make nightly" in old.stderr
    assert (fresh.stderr, archive.stderr) == ("", "")


def test_a_live_repository_is_never_called_the_sample() -> None:
    publish(is_recorded_archive=False)

    assert "bundled sample" not in say("pipeline-timing-report").stdout


def test_a_repository_that_was_named_and_is_not_there_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    publish()
    monkeypatch.setenv("REPOSITORIES", "ACME/shop,acme/tool")

    assert say("pipeline-timing-report").stderr.startswith("Note: Not in the warehouse yet: acme/tool.")
