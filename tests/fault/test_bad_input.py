"""One broken thing ends as a row of extraction_problems that says what, where and what to do; the rest is stored."""

import gzip
import io
import itertools
import json
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipeline_etl.contracts.tables import (
    ExtractionProblems,
    JobLogs,
    Jobs,
    LedgerEntries,
    LogLines,
    RunAttempts,
    Table,
    TestReports,
)
from pipeline_etl.extraction import RepositorySync, SyncOptions, logs, sync_repository
from pipeline_etl.parsing import job_log, log_blocks
from pipeline_etl.providers import Waiting, recorded_provider
from pipeline_etl.storage import Lake
from tests.recorded import SQLITE_UTILS, cut_archive, lines, runs_of

RUN = next(run for run in runs_of(SQLITE_UTILS) if run["created_at"] > "2026-06-01")
NUL_LOG = b"\x00" * 5_000
ANSI_LOG = b"\xef\xbb\xbf2026-06-01T00:00:00.1234567Z \x1b[36;1mred\x1b[0m \x1b[2Kdone\r\n"
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE t [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>'


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


class Archive:
    """A recorded archive of one run that a test breaks before it is synced."""

    def __init__(self, root: Path) -> None:
        self.root = cut_archive(root / "archive", SQLITE_UTILS, run_ids={RUN["id"]})
        self.folder = self.root / "github" / SQLITE_UTILS
        self.lake = Lake(root / "lake")
        for folder in ("artifact_zips",):
            real = (self.folder / folder).resolve()
            (self.folder / folder).unlink()
            (self.folder / folder).mkdir()
            for artifact in self.artifacts():
                source = real / f"{artifact['id']}.zip"
                if source.exists():
                    (self.folder / folder / source.name).write_bytes(source.read_bytes())

    def artifacts(self) -> list[dict]:
        return lines(self.folder / "artifacts.jsonl.gz")

    def artifact(self, part_of_name: str) -> Path:
        found = next(each for each in self.artifacts() if part_of_name in each["name"] and not each["expired"])
        return self.folder / "artifact_zips" / f"{found['id']}.zip"

    def log(self) -> Path:
        return self.folder / "logs" / f"{RUN['id']}-1.zip"

    def replace(self, path: Path, content: bytes) -> None:
        path.unlink()
        path.write_bytes(content)

    def rewrite(self, name: str, change: Callable[[dict], dict | None]) -> None:
        rows = [changed for row in lines(self.folder / name) if (changed := change(row)) is not None]
        with gzip.open(self.folder / name, "wt") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)

    def sync(self) -> RepositorySync:
        seconds = itertools.count()
        clock = lambda: datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=next(seconds))  # noqa: E731
        return sync_repository(
            recorded_provider(self.root, waiting=Waiting(now=clock, sleep=time.sleep)),
            self.lake,
            SQLITE_UTILS,
            clock=clock,
            options=SyncOptions(),
            on_progress=lambda _: None,
        )

    def stored(self, table: Table) -> pl.DataFrame:
        return self.lake.current(table).collect()

    def problems(self) -> list[tuple[str, str]]:
        rows = self.stored(ExtractionProblems)
        assert rows["advice"].str.len_chars().min() or rows.is_empty()
        return rows.select("problem_kind", "item_kind").sort("problem_kind", "item_kind").rows()

    def states(self, item_kind: str) -> dict[str, int]:
        rows = self.stored(LedgerEntries).filter(pl.col("item_kind") == item_kind)
        return dict(rows.group_by("state").len().rows())


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


def test_an_unbroken_run_has_no_problem(archive):
    assert archive.sync().status == "complete"
    assert archive.problems() == []
    assert archive.states("job_log") == {"stored": 4}


def test_a_truncated_artifact_is_named_and_the_others_are_stored(archive):
    path = archive.artifact("test-results-py3.13")
    archive.replace(path, path.read_bytes()[:200])

    assert archive.sync().status == "complete"

    assert archive.problems() == [("MalformedArchive", "artifact")]
    assert archive.stored(TestReports).height == 1
    assert archive.states("artifact")["unreadable"] == 1
    assert archive.states("artifact")["stored"] == len(archive.artifacts()) - 1 - archive.states("artifact").get(
        "expired", 0
    )


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(b"", "MalformedTestReport", id="empty report"),
        pytest.param(ENTITIES, "MalformedTestReport", id="entities"),
        pytest.param(b"<testsuite><testcase name='a'>", "MalformedTestReport", id="cut off"),
    ],
)
def test_a_broken_report_is_named_with_its_file_and_the_others_are_stored(archive, content, kind):
    archive.replace(archive.artifact("test-results-py3.13"), zipped(**{"reports/junit.xml": content}))

    assert archive.sync().status == "complete"

    assert archive.problems() == [(kind, "artifact")]
    assert archive.stored(ExtractionProblems)["file_path"].to_list() == ["reports/junit.xml"]
    assert archive.stored(TestReports).height == 1


def test_a_truncated_log_archive_loses_logs_and_nothing_else(archive):
    archive.replace(archive.log(), archive.log().read_bytes()[:500])

    assert archive.sync().status == "complete"

    assert {kind for kind, _ in archive.problems()} == {"MalformedArchive"}
    assert archive.stored(Jobs).height == 4
    assert archive.stored(TestReports).height == 2


def test_a_log_of_nul_bytes_is_named_and_the_logs_beside_it_are_stored(archive):
    archive.replace(archive.log(), zipped(**{"0_lint.txt": NUL_LOG, "1_build.txt": ANSI_LOG}))

    assert archive.sync().status == "complete"

    assert archive.problems() == [("MalformedLog", "job_log")]
    assert archive.states("job_log") == {"unreadable": 1, "stored": 1, "gone": 2}
    assert archive.stored(JobLogs)["line_count"].to_list() == [1]


def test_lines_too_many_to_wait_in_memory_are_stored_all_the_same(archive, tmp_path, monkeypatch):
    archive.sync()
    waited = archive.stored(LogLines)
    archive.lake = Lake(tmp_path / "early")
    monkeypatch.setattr(logs, "EARLY_BYTES", 0)
    monkeypatch.setattr(log_blocks, "BLOCK_BYTES", 10_000)
    monkeypatch.setattr(job_log, "BLOCK_BYTES", 10_000)

    assert archive.sync().status == "complete"

    key = ["job_id", "line_number"]
    early = archive.stored(LogLines)
    assert len(archive.lake.files(LogLines)) > 1
    assert early.drop("extracted_at").sort(key).equals(waited.drop("extracted_at").sort(key))
    assert archive.states("job_log") == {"stored": 4}


def test_a_job_without_steps_is_stored(archive):
    archive.rewrite("jobs.jsonl.gz", lambda job: {**job, "steps": []} if job["name"] == "lint" else job)

    assert archive.sync().status == "complete"

    assert archive.stored(Jobs).filter(job_name="lint")["step_count"].to_list() == [0]
    assert archive.states("job_log") == {"stored": 4}


def test_a_run_without_jobs_is_stored(archive):
    archive.rewrite("jobs.jsonl.gz", lambda _: None)

    assert archive.sync().status == "complete"

    assert archive.stored(RunAttempts).height == 1
    assert archive.states("run_attempt") == {"stored": 1}


def test_a_payload_without_its_attempt_is_an_error_that_names_the_run(archive):
    archive.rewrite("runs.jsonl.gz", lambda run: {name: value for name, value in run.items() if name != "run_attempt"})

    result = archive.sync()

    assert result.status in ("failed", "incomplete")
    assert "run_attempt" in str(result.error)


def test_a_repository_that_is_not_there_fails_with_what_to_do(archive):
    result = sync_repository(
        recorded_provider(
            archive.root, waiting=Waiting(now=lambda: datetime(2026, 11, 1, tzinfo=UTC), sleep=time.sleep)
        ),
        archive.lake,
        "no/such",
        clock=lambda: datetime(2026, 11, 1, tzinfo=UTC),
        options=SyncOptions(),
        on_progress=lambda _: None,
    )

    assert (result.status, type(result.error).__name__) == ("failed", "UnknownRepository")
    assert "no/such" in str(result.error)
