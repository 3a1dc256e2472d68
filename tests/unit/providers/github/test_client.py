import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from pipeline_etl.contracts.tables import Annotations, Artifacts, CacheEntries, Jobs, RunAttempts, Steps, Workflows
from pipeline_etl.errors import Expired, Gone, UnexpectedPayload, UnknownRepository
from pipeline_etl.providers import GitHub, HttpClient, Waiting, recorded_provider
from pipeline_etl.providers.github.endpoints import API_URL, HEADERS
from pipeline_etl.providers.provider import Repository

SAMPLE = Path(__file__).parents[4] / "data" / "sample"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
ALL = {"created_from": datetime(2018, 1, 1, tzinfo=UTC), "created_until": datetime(2051, 1, 1, tzinfo=UTC)}
REPOSITORY = Repository(
    provider="github",
    repository_id=1,
    repository_name="o/n",
    default_branch="main",
    is_private=False,
    repository_url="https://github.com/o/n",
)


def never(seconds):
    raise AssertionError(f"waited {seconds} s")


WAITING = Waiting(now=lambda: NOW, sleep=never)


@pytest.fixture(scope="module")
def provider():
    return recorded_provider(SAMPLE, waiting=WAITING)


@pytest.fixture(scope="module")
def sqlite_utils(provider):
    return provider.repository("simonw/sqlite-utils")


@pytest.fixture(scope="module")
def runs(provider, sqlite_utils):
    (page,) = provider.run_pages(sqlite_utils, **ALL, validators={})
    return page


def github(answer):
    transport = httpx.MockTransport(answer)
    return GitHub(http=HttpClient(API_URL, token=None, headers=HEADERS, waiting=WAITING, transport=transport))


def test_an_archive_says_of_itself_when_and_what_it_is(sqlite_utils):
    assert sqlite_utils.snapshot_at == datetime(2026, 8, 20, 12, 0, tzinfo=UTC)
    assert sqlite_utils.archive_note.startswith("**Replayed, not recorded.**")
    assert (sqlite_utils.repository_id, sqlite_utils.repository_name) == (140912432, "simonw/sqlite-utils")


def test_a_live_service_has_no_snapshot():
    described = {"id": 1, "full_name": "o/n", "default_branch": "main", "private": True, "html_url": "u"}
    repository = github(lambda _: httpx.Response(200, json=described)).repository("O/old-name")

    assert (repository.snapshot_at, repository.archive_note) == (None, None)
    assert (repository.repository_name, repository.is_private) == ("o/n", True)


def test_a_repository_that_is_not_shown_is_named_in_the_error(provider):
    with pytest.raises(UnknownRepository, match="simonw/sqlite-util'"):
        provider.repository("simonw/sqlite-util")


def test_all_of_the_replayed_repository_comes_as_rows(provider, sqlite_utils, runs):
    answers = [
        provider.jobs(sqlite_utils, run_id=run_id, run_attempt=attempt)
        for run_id, latest in runs.answer.frames[RunAttempts].select("run_id", "run_attempt").iter_rows()
        for attempt in range(1, latest + 1)
    ]
    artifacts = [page.answer.frames[Artifacts] for page in provider.artifact_pages(sqlite_utils, validators={})]

    assert len(answers) == 96
    assert sum(len(answer.frames[Jobs]) for answer in answers) == 384
    assert sum(len(answer.frames[Steps]) for answer in answers) == 4536
    assert sum(len(frame) for frame in artifacts) == 600
    assert sum(frame["is_expired"].sum() for frame in artifacts) == 64
    assert len(provider.cache_entries(sqlite_utils).frames[CacheEntries]) == 6
    assert len(provider.workflows(sqlite_utils).frames[Workflows]) == 1


def test_an_unchanged_list_costs_one_request_a_page_and_gives_no_rows(provider):
    bitcoin = provider.repository("bitcoin/bitcoin")
    first = list(provider.run_pages(bitcoin, **ALL, validators={}))
    known = {page.request_url: page.validator for page in first}
    before = provider.request_count
    again = list(provider.run_pages(bitcoin, **ALL, validators=known))

    assert sum(len(page.answer.frames[RunAttempts]) for page in first) == 923
    assert len(first) == len(again) == provider.request_count - before == 10
    assert all(page.is_unchanged and not page.answer.frames for page in again)
    assert {page.request_url: page.validator for page in again} == known
    assert not any("://" in page.request_url for page in first)


def test_each_attempt_comes_with_its_payload_and_without_its_persons(provider, sqlite_utils, runs):
    frame = runs.answer.frames[RunAttempts]
    payload = runs.answer.payloads[0]
    run_id, attempt = frame.select("run_id", "run_attempt").row(0)
    alone = provider.run_attempt(sqlite_utils, run_id=run_id, run_attempt=attempt)

    assert (payload.payload_kind, payload.item_id) == ("run_attempt", f"{run_id}/{attempt}")
    assert json.loads(payload.payload_json)["id"] == run_id
    assert '"login":"simonw"' not in json.dumps(json.loads(payload.payload_json)["actor"])
    assert alone.payloads == (payload,)
    assert alone.frames[RunAttempts].equals(frame.head(1))


def test_reading_a_kept_payload_again_gives_the_same_row(runs):
    kept = [payload.payload_json.encode() for payload in runs.answer.payloads]
    again = github(lambda _: httpx.Response(200, content=b'{"workflow_runs":[' + b",".join(kept) + b"]}"))
    repository = recorded_provider(SAMPLE, waiting=WAITING).repository("simonw/sqlite-utils")
    (page,) = again.run_pages(repository, **ALL, validators={})

    assert page.answer.frames[RunAttempts].equals(runs.answer.frames[RunAttempts])


def test_jobs_come_with_their_list_as_the_payload(provider, sqlite_utils, runs):
    run_id = runs.answer.frames[RunAttempts]["run_id"][0]
    answer = provider.jobs(sqlite_utils, run_id=run_id, run_attempt=1)
    (payload,) = answer.payloads

    assert (payload.payload_kind, payload.item_id) == ("jobs", f"{run_id}/1")
    assert [job["id"] for job in json.loads(payload.payload_json)] == answer.frames[Jobs]["job_id"].to_list()


def test_logs_artifacts_and_workflow_files_come_as_bytes_or_say_why_not(provider, sqlite_utils, runs):
    run_id, sha = runs.answer.frames[RunAttempts].select("run_id", "head_sha").row(0)
    page = next(provider.artifact_pages(sqlite_utils, validators={}))
    last = list(provider.artifact_pages(sqlite_utils, validators={}))[-1]
    expired = last.answer.frames[Artifacts].filter("is_expired")["artifact_id"][0]
    kept = page.answer.frames[Artifacts].filter(is_expired=False)["artifact_id"][0]
    path = ".github/workflows/ci.yml"

    assert provider.log_archive(sqlite_utils, run_id=run_id, run_attempt=1).startswith(b"PK")
    assert provider.artifact_archive(sqlite_utils, artifact_id=kept).startswith(b"PK")
    assert b"jobs:" in provider.workflow_file(sqlite_utils, workflow_path=path, head_sha=sha)
    with pytest.raises(Expired):
        provider.artifact_archive(sqlite_utils, artifact_id=expired)
    with pytest.raises(Gone):
        provider.job_log(sqlite_utils, job_id=1)
    with pytest.raises(Gone):
        provider.workflow_file(sqlite_utils, workflow_path="../../../actions/caches", head_sha=sha)


def test_annotations_nobody_recorded_are_none(provider, sqlite_utils):
    assert len(provider.annotations(sqlite_utils, job_id=81200000014).frames[Annotations]) == 0


def test_a_run_that_names_no_attempt_is_an_error_that_says_so():
    provider = github(lambda _: httpx.Response(200, json={"workflow_runs": [{"id": 7}]}))

    with pytest.raises(UnexpectedPayload, match="listing the runs of o/n"):
        list(provider.run_pages(REPOSITORY, **ALL, validators={}))


def test_a_recorded_archive_can_not_be_deleted_from(provider, sqlite_utils):
    with pytest.raises(UnexpectedPayload, match="405"):
        provider.delete_cache(sqlite_utils, cache_id=1)
