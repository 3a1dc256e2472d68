import errno
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline_etl.cli import jobs
from pipeline_etl.cli.app import app
from pipeline_etl.errors import LakeBusy
from pipeline_etl.orchestration.run import Outcome, Trouble

FACTS = {
    "lake/jobs": {"rows_added": 1234},
    "lake/steps": {"rows_added": 0},
    "warehouse/published": {"path": "data/warehouse.duckdb", "rows": {"raw.jobs": 5678, "marts.fct_jobs": 5000}},
    "report/pipeline_report": {"paths": ["data/reports/pipeline-report.html"]},
}


def ran(*, errors: tuple[Trouble, ...] = (), is_complete: bool = True) -> Outcome:
    return Outcome(is_complete=is_complete, errors=errors, warnings=(), facts=FACTS)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def say(
    *words: str, outcome: Outcome | BaseException | None = None, monkeypatch: pytest.MonkeyPatch | None = None
) -> Result:
    """What the command line answers; the job itself is replaced by what came of it."""
    if monkeypatch is not None:

        def run(*_: object, **__: object) -> jobs.Result:
            if isinstance(outcome, BaseException):
                raise outcome
            return jobs.Result(outcome=outcome or ran(), report=None)

        monkeypatch.setattr(jobs, "run", run)
    return CliRunner().invoke(app, words)


def test_the_first_line_says_that_the_sample_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    first = say("generate-pipeline-report", monkeypatch=monkeypatch).stdout.splitlines()[0]

    assert first.startswith(
        "No REPOSITORIES set: working on the bundled sample of bitcoin/bitcoin and simonw/sqlite-utils"
    )


def test_the_first_line_names_the_repositories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPOSITORIES", "a/b,c/d")

    assert say("extract", monkeypatch=monkeypatch).stdout.splitlines()[0] == "Working on a/b, c/d."


def test_the_last_lines_say_what_is_where_and_how_much_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    said = [line.split() for line in say("generate-pipeline-report", monkeypatch=monkeypatch).stdout.splitlines()[1:]]

    assert said == [
        ["rows", "of", "new", "in", "the", "lake", "in", "the", "warehouse"],
        ["jobs", "1,234", "5,678"],
        ["1", "marts", "5,000"],
        ["Warehouse", "data/warehouse.duckdb"],
        ["Report", "data/reports/pipeline-report.html"],
    ]


def test_the_summary_can_be_had_as_json_with_nothing_else_on_stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    assert json.loads(say("load", "--json", monkeypatch=monkeypatch).stdout) == FACTS


@pytest.mark.parametrize("verb", ["generate-pipeline-report", "extract", "load", "transform", "nightly"])
def test_a_job_that_went_well_ends_with_0(monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    assert say(verb, monkeypatch=monkeypatch).exit_code == 0


@pytest.mark.parametrize(
    "outcome", [ran(errors=(Trouble(what="owner/name: the token has expired"),)), ran(is_complete=False)]
)
def test_a_job_with_an_error_ends_with_1_after_telling_what_there_is(
    monkeypatch: pytest.MonkeyPatch, outcome: Outcome
) -> None:
    result = say("transform", outcome=outcome, monkeypatch=monkeypatch)

    assert result.exit_code == 1
    assert "data/warehouse.duckdb" in result.stdout


@pytest.mark.parametrize("verb", ["generate-pipeline-report", "extract", "nightly"])
def test_where_history_begins_is_said_on_the_command_line(monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    assert say(verb, "--since", "2026-01-01", monkeypatch=monkeypatch).exit_code == 0

    refused = say(verb, "--since", "soon", monkeypatch=monkeypatch)

    assert refused.exit_code != 0
    assert refused.stderr.startswith("--since is 'soon': ")


def test_for_cron_it_is_silent_while_all_goes_well(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Outcome(is_complete=True, errors=(), warnings=(Trouble(what="logs expired before we came"),), facts=FACTS)

    assert say("nightly", outcome=found, monkeypatch=monkeypatch).output == ""
    assert "logs expired" in say("extract", outcome=found, monkeypatch=monkeypatch).stderr


def test_for_cron_it_says_what_failed_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    result = say("nightly", outcome=ran(errors=(Trouble(what="a/b: gone", advice="Wait."),)), monkeypatch=monkeypatch)

    assert (result.exit_code, result.output) == (1, "a/b: gone\n  Wait.\n")


@pytest.mark.parametrize("verb", ["generate-pipeline-report", "nightly"])
def test_what_had_to_be_made_anew_is_said(monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    facts = {"warehouse/published": {"rows": {}, "notices": ["the marts are built anew: the models have changed"]}}
    made_anew = Outcome(is_complete=True, errors=(), warnings=(), facts=facts)

    said = say(verb, outcome=made_anew, monkeypatch=monkeypatch).stderr

    assert said.splitlines() == ["Note: the marts are built anew: the models have changed"]


@pytest.mark.parametrize("verb", ["extract", "nightly", "dev", "record"])
def test_a_data_folder_that_cannot_be_written_to_is_a_wrong_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PIPELINE_ETL_DATA", str(tmp_path / "file"))

    result = say(verb)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"PIPELINE_ETL_DATA is '{tmp_path / 'file'}': no folder that can be written to")
    assert "for example PIPELINE_ETL_DATA=/srv/ci-data." in result.stderr


def test_a_wrong_setting_is_one_sentence_and_one_piece_of_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINE_ETL_RERUN_WINDOW_DAYS", "soon")

    result = say("extract")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 2
    assert result.stderr.startswith("PIPELINE_ETL_RERUN_WINDOW_DAYS is 'soon': ")


@pytest.mark.parametrize("error", [LakeBusy("the lake is held by process 7"), KeyError("run_nubmer")])
def test_an_error_is_two_sentences_and_no_traceback_unless_asked_for(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    result = say("extract", outcome=error, monkeypatch=monkeypatch)
    debugged = say("--debug", "extract", outcome=error, monkeypatch=monkeypatch)

    assert result.exit_code == getattr(error, "exit_code", 1)
    assert len(result.stderr.splitlines()) == 2  # what happened, what to do
    assert str(error) in result.stderr
    assert debugged.exception is error


def test_a_disk_that_filled_up_below_is_no_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    result = say("extract", outcome=OSError(errno.ENOSPC, "No space left on device", "/d/x"), monkeypatch=monkeypatch)

    assert result.exit_code == 1
    assert result.stderr.splitlines()[0].startswith("No room is left on the disk for /d/x")


def test_who_finds_another_process_at_it_ends_with_75_unless_something_else_failed_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    busy, failed = Trouble(what="held by 7", exit_code=75), Trouble(what="a/b: gone")

    assert say("nightly", outcome=ran(errors=(busy,), is_complete=False), monkeypatch=monkeypatch).exit_code == 75
    assert say("nightly", outcome=ran(errors=(busy, failed)), monkeypatch=monkeypatch).exit_code == 1


def test_stopping_it_says_that_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    result = say("extract", outcome=KeyboardInterrupt(), monkeypatch=monkeypatch)

    assert result.exit_code == 130
    assert "the same command goes on from there" in result.stderr


def test_settings_are_shown_with_their_variable_and_meaning_but_never_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret")

    said = say("settings").stdout

    assert "s3cret" not in said
    assert "github_token = **********  GITHUB_TOKEN" in said
    assert "since = (unset)  PIPELINE_ETL_SINCE" in said


def test_recording_needs_to_be_told_what_to_record() -> None:
    result = say("record")

    assert result.exit_code == 1
    assert result.stderr.startswith(
        "REPOSITORIES is not set: name what to record, for example REPOSITORIES=owner/name."
    )


def test_rendered_files_that_are_fresh_pass_the_check() -> None:
    assert say("contracts", "--check").exit_code == 0


def test_help_tells_what_every_verb_does() -> None:
    said = say("--help").stdout

    assert all(f" {verb} " in said for verb in ("generate-pipeline-report", "extract", "load", "transform", "nightly"))
    assert "sample" in said
