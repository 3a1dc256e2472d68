import gzip
import itertools
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from pipeline_etl.contracts.tables import Annotations, Artifacts, CacheEntries, Jobs, RunAttempts, Steps, Workflows
from pipeline_etl.errors import RateLimited, SettingsError
from pipeline_etl.parsing.archive import read_archive
from pipeline_etl.providers import GitHub, HttpClient, Waiting, record, recorded_provider
from pipeline_etl.providers.github import recorder
from pipeline_etl.providers.github.endpoints import API_URL, HEADERS
from pipeline_etl.providers.github.recording import RecordedArchive
from tests.recorded import SQLITE_UTILS, cut_archive, runs_of

WAITING = Waiting(now=lambda: datetime(2026, 11, 1, tzinfo=UTC), sleep=lambda _: None)
ALL = {"created_from": datetime(2026, 1, 1, tzinfo=UTC), "created_until": datetime(2026, 12, 31, tzinfo=UTC)}
RECORDED_AT = datetime(2026, 8, 20, 12, 0, tzinfo=UTC)
OLD_AND_NEW = sorted({run["id"] for run in runs_of(SQLITE_UTILS) if run["run_attempt"] == 2})[:2]
FIRST = min(run["id"] for run in runs_of(SQLITE_UTILS))


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Two runs of two attempts, and one whose artifacts have expired."""
    return cut_archive(tmp_path_factory.mktemp("source"), SQLITE_UTILS, run_ids={*OLD_AND_NEW, FIRST})


def write(provider, root, **named):
    return record(provider, SQLITE_UTILS, root, **ALL, recorded_at=RECORDED_AT, **named)


def everything(provider):
    """What a provider answers of a repository."""
    repository = provider.repository(SQLITE_UTILS)
    (page,) = provider.run_pages(repository, **ALL, validators={})
    attempts = [
        (run_id, number)
        for run_id, latest in page.answer.frames[RunAttempts].select("run_id", "run_attempt").iter_rows()
        for number in range(1, latest + 1)
    ]
    jobs = [provider.jobs(repository, run_id=run_id, run_attempt=number) for run_id, number in attempts]
    artifacts = [each.answer.frames[Artifacts] for each in provider.artifact_pages(repository, validators={})]
    kept = [row["artifact_id"] for frame in artifacts for row in frame.iter_rows(named=True) if not row["is_expired"]]
    logs = [provider.log_archive(repository, run_id=run_id, run_attempt=number) for run_id, number in attempts]
    zips = [provider.artifact_archive(repository, artifact_id=artifact_id) for artifact_id in kept]
    runs = [provider.run_attempt(repository, run_id=run_id, run_attempt=number) for run_id, number in attempts]
    files = {
        (path, sha): provider.workflow_file(repository, workflow_path=path, head_sha=sha)
        for run in runs
        for path, sha in run.frames[RunAttempts].select("workflow_path", "head_sha").iter_rows()
    }
    return {
        "repository": repository.repository_id,
        "workflows": provider.workflows(repository).frames[Workflows].rows(),
        "caches": provider.cache_entries(repository).frames[CacheEntries].rows(),
        "runs": [(run.frames[RunAttempts].rows(), run.payloads) for run in runs],
        "jobs": [(answer.frames[Jobs].rows(), answer.frames[Steps].rows(), answer.payloads) for answer in jobs],
        "artifacts": [frame.rows() for frame in artifacts],
        "zips": [[(file.path, file.content) for file in read_archive(content)] for content in [*logs, *zips]],
        "files": files,
    }


def test_a_recording_answers_as_what_was_recorded(source, tmp_path):
    original = recorded_provider(source, waiting=WAITING)
    recording = write(original, tmp_path)
    copy = recorded_provider(tmp_path, waiting=WAITING)

    expected, actual = everything(original), everything(copy)

    assert actual.keys() == expected.keys()
    for name, answers in expected.items():
        assert actual[name] == answers, name
    assert recording.counts["runs"] == len(expected["runs"]) == 5
    assert recording.left_out == Counter()
    assert copy.repository(SQLITE_UTILS).snapshot_at == RECORDED_AT
    assert "2026-08-20" in copy.repository(SQLITE_UTILS).archive_note


def test_recording_twice_writes_the_same_bytes(source, tmp_path):
    for name in ("one", "two"):
        write(recorded_provider(source, waiting=WAITING), tmp_path / name)
    one, two = (
        {file.relative_to(root): file.read_bytes() for file in root.rglob("*") if file.is_file()}
        for root in (tmp_path / "one", tmp_path / "two")
    )

    assert one == two


def test_neither_names_of_accounts_nor_addresses_are_written(source, tmp_path):
    folder = write(recorded_provider(source, waiting=WAITING), tmp_path).folder
    runs = gzip.decompress((folder / "runs.jsonl.gz").read_bytes()).decode()

    assert runs
    for line in runs.splitlines():
        run = json.loads(line)
        assert run["actor"].keys() == {"id"}
        assert run["actor"]["id"] < 0
        assert run["head_commit"].keys() & {"author", "committer"} == set()


def test_an_archive_that_is_there_is_not_overwritten(source, tmp_path):
    provider = recorded_provider(source, waiting=WAITING)
    write(provider, tmp_path)

    with pytest.raises(SettingsError, match="already"):
        write(provider, tmp_path)


class Service(httpx.BaseTransport):
    """The recorded service, with a say in some answers."""

    def __init__(self, root, said):
        self.recorded = RecordedArchive(root)
        self.said = said

    def handle_request(self, request):
        return self.said(request) or self.recorded.handle_request(request)

    def provider(self):
        return GitHub(http=HttpClient(API_URL, token="t", headers=HEADERS, waiting=WAITING, transport=self))


def test_a_recording_that_is_cut_off_leaves_nothing(source, tmp_path):
    def limited(request):
        return httpx.Response(429, headers={"retry-after": "3600"}) if request.url.path.endswith("/logs") else None

    with pytest.raises(RateLimited):
        write(Service(source, limited).provider(), tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.name not in {"github", "simonw"}] == []


def test_what_the_service_does_not_keep_is_left_out_counted_and_said(source, tmp_path):
    def forgetful(request):
        if request.url.path.endswith("/attempts/1/logs"):
            return httpx.Response(404)
        return httpx.Response(410) if request.url.path.endswith("/zip") else None

    recording = write(Service(source, forgetful).provider(), tmp_path)
    copy = recorded_provider(tmp_path, waiting=WAITING)
    repository = copy.repository(SQLITE_UTILS)
    (page,) = copy.artifact_pages(repository, validators={})

    assert recording.left_out["log archives"] == 3
    assert recording.left_out["artifact archives"] > 0
    assert "3 log archives" in repository.archive_note
    # The list did not know yet; the download did.
    assert page.answer.frames[Artifacts]["is_expired"].all()


def test_annotations_are_recorded_and_redacted(source, tmp_path):
    secret = "ghp_" + "A1b2" * 9
    annotation = {"annotation_level": "failure", "message": f"exit\n{secret}", "path": ".github", "start_line": 1}

    def annotated(request):
        return httpx.Response(200, json=[annotation]) if request.url.path.endswith("/annotations") else None

    provider = Service(source, annotated).provider()
    write(provider, tmp_path)
    copy = recorded_provider(tmp_path, waiting=WAITING)
    repository = copy.repository(SQLITE_UTILS)
    failed = [
        row["job_id"]
        for run_id in OLD_AND_NEW
        for row in copy.jobs(repository, run_id=run_id, run_attempt=1).frames[Jobs].iter_rows(named=True)
        if row["result"] == "failure"
    ]
    rows = copy.annotations(repository, job_id=failed[0]).frames[Annotations].rows(named=True)

    assert [row["message"] for row in rows] == ["exit\n***"]


def test_a_window_that_holds_too_many_runs_is_read_in_halves(source, tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "FILTERED_LIMIT", 2)
    windows = []

    def watching(request):
        if created := request.url.params.get("created"):
            windows.append([datetime.fromisoformat(moment) for moment in created.split("..")])

    recording = write(Service(source, watching).provider(), tmp_path)
    read = sorted(window for window in windows if window != windows[0])

    assert recording.counts["runs"] == 5
    assert len(windows) > 3
    assert read[0][0] == ALL["created_from"]
    assert max(window[1] for window in read) == ALL["created_until"]
    leaves = [
        window
        for window in read
        if not any(other != window and window[0] <= other[0] and other[1] <= window[1] for other in read)
    ]
    assert all(later[0] - earlier[1] == timedelta(seconds=1) for earlier, later in itertools.pairwise(leaves))
