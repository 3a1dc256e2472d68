import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from pipeline_etl.providers.github import recording
from pipeline_etl.providers.github.recording import RecordedArchive

SAMPLE = Path(__file__).parents[4] / "data" / "sample"
BITCOIN = "/repos/bitcoin/bitcoin"
SQLITE = "/repos/simonw/sqlite-utils"
TWO_ATTEMPTS = 27860000000


@pytest.fixture(scope="module")
def ask():
    archive = RecordedArchive(SAMPLE)

    def ask(path, **headers):
        address = path if "://" in path else f"https://api.github.com{path}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return archive.handle_request(httpx.Request("GET", address, headers=named))

    return ask


def pages(ask, path):
    while path is not None:
        answer = ask(path)
        yield answer
        path = answer.links.get("next", {}).get("url")


@pytest.mark.parametrize(
    ("path", "key", "count", "page_count"),
    [
        (f"{BITCOIN}/actions/runs?per_page=100", "workflow_runs", 923, 10),
        (f"{SQLITE}/actions/runs", "workflow_runs", 83, 3),
        (f"{SQLITE}/actions/artifacts?per_page=100", "artifacts", 600, 6),
        (f"{BITCOIN}/actions/artifacts", "artifacts", 0, 1),
        (f"{SQLITE}/actions/caches?per_page=1000", "actions_caches", 6, 1),
        (f"{SQLITE}/actions/workflows", "workflows", 1, 1),
    ],
)
def test_lists_hold_what_the_sample_is_known_to_hold_over_linked_pages(ask, path, key, count, page_count):
    answers = list(pages(ask, path))
    ids = [entry["id"] for answer in answers for entry in answer.json()[key]]

    assert (len(answers), len(ids), len(set(ids))) == (page_count, count, count)
    assert {answer.json()["total_count"] for answer in answers} == {count}


def test_all_jobs_of_all_attempts_are_served(ask):
    counts = {"bitcoin/bitcoin": 0, "simonw/sqlite-utils": 0}
    attempts = 0
    for name in counts:
        for answer in pages(ask, f"/repos/{name}/actions/runs?per_page=100"):
            for run in answer.json()["workflow_runs"]:
                for number in range(1, run["run_attempt"] + 1):
                    attempts += 1
                    jobs = ask(f"/repos/{name}/actions/runs/{run['id']}/attempts/{number}/jobs?per_page=100")
                    counts[name] += int(re.search(rb'"total_count":(\d+)', jobs.content)[1])

    assert attempts == 923 + 96
    assert counts == {"bitcoin/bitcoin": 17_002, "simonw/sqlite-utils": 384}


def test_links_name_the_repository_by_its_number_and_the_last_page(ask):
    answer = ask(f"{SQLITE}/actions/runs?per_page=50&created=2026-01-01..2026-12-31")

    assert answer.links["next"]["url"].startswith("https://api.github.com/repositories/140912432/actions/runs?")
    assert answer.links["last"] == answer.links["next"] | {"rel": "last"}
    assert len(ask(answer.links["next"]["url"]).json()["workflow_runs"]) == 33


def test_runs_are_listed_newest_first_each_by_its_latest_attempt(ask):
    listed = [run for answer in pages(ask, f"{SQLITE}/actions/runs") for run in answer.json()["workflow_runs"]]
    created = [run["created_at"] for run in listed]

    assert created == sorted(created, reverse=True)
    assert sum(run["run_attempt"] - 1 for run in listed) == 13


def test_older_attempts_are_served_under_their_number(ask):
    listed = [run for answer in pages(ask, f"{SQLITE}/actions/runs") for run in answer.json()["workflow_runs"]]
    again = next(run for run in listed if run["run_attempt"] == 2)
    first = ask(f"{SQLITE}/actions/runs/{again['id']}/attempts/1").json()

    assert (first["id"], first["run_attempt"]) == (again["id"], 1)
    assert first["run_started_at"] < again["run_started_at"]
    assert ask(f"{SQLITE}/actions/runs/{again['id']}/attempts/3").status_code == 404
    assert ask(f"{SQLITE}/actions/runs/{again['id']}/attempts/3/jobs").status_code == 404


@pytest.mark.parametrize(
    ("created", "count"),
    [
        ("2026-05-17T23:52:52Z", 1),
        ("2026-05-17T23:52:51Z", 0),
        ("2026-05-17..2026-05-17", 1),
        ("2026-05-17T23:52:52Z..2026-05-17T23:52:52Z", 1),
        ("2026-05-17T23:52:53Z..*", 82),
        ("*..2026-05-17T23:52:52Z", 1),
        (">=2026-05-17T23:52:52Z", 83),
        (">2026-05-17T23:52:52Z", 82),
        (">2026-05-17", 82),
        ("<=2026-05-17", 1),
        ("<2026-05-18", 1),
        ("<2026-05-17T23:52:52Z", 0),
    ],
)
def test_creation_times_are_filtered_as_the_service_does(ask, created, count):
    assert ask(f"{SQLITE}/actions/runs?created={created}").json()["total_count"] == count


def test_a_filtered_list_ends_at_a_limit_and_its_count_goes_on(ask, monkeypatch):
    monkeypatch.setattr(recording, "FILTERED_LIMIT", 250)
    listed = list(pages(ask, f"{BITCOIN}/actions/runs?per_page=100&created=2025-01-01..2026-01-01"))

    assert [len(answer.json()["workflow_runs"]) for answer in listed] == [100, 100, 50]
    assert listed[0].json()["total_count"] == 923


def test_the_same_page_has_the_same_tag_and_is_not_sent_again(ask):
    first = ask(f"{SQLITE}/actions/runs")
    again = ask(f"{SQLITE}/actions/runs", if_none_match=first.headers["etag"])
    other = ask(f"{SQLITE}/actions/runs?page=2", if_none_match=first.headers["etag"])

    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


def test_logs_and_artifacts_lie_on_another_host_that_refuses_a_token(ask):
    run = ask(f"{SQLITE}/actions/runs?per_page=1").json()["workflow_runs"][0]
    answer = ask(f"{SQLITE}/actions/runs/{run['id']}/attempts/1/logs")
    location = answer.headers["location"]

    assert answer.status_code == 302
    assert httpx.URL(location).host != "api.github.com"
    assert ask(location, authorization="Bearer x").status_code == 403
    assert ask(location).content.startswith(b"PK")


def test_an_expired_artifact_is_gone_and_a_kept_one_is_served(ask):
    listed = [
        one for answer in pages(ask, f"{SQLITE}/actions/artifacts?per_page=100") for one in answer.json()["artifacts"]
    ]
    answers = {one["id"]: ask(f"{SQLITE}/actions/artifacts/{one['id']}/zip").status_code for one in listed}

    assert {answers[one["id"]] for one in listed if one["expired"]} == {410}
    assert list(answers.values()).count(410) == 64
    assert list(answers.values()).count(302) == 536
    assert ask(f"{SQLITE}/actions/artifacts/1/zip").status_code == 404


def test_artifacts_of_a_run_are_those_that_name_it(ask):
    run_id = ask(f"{SQLITE}/actions/artifacts?per_page=1").json()["artifacts"][0]["workflow_run"]["id"]
    listed = ask(f"{SQLITE}/actions/runs/{run_id}/artifacts").json()["artifacts"]

    assert {artifact["workflow_run"]["id"] for artifact in listed} == {run_id}
    named = ask(f"{SQLITE}/actions/runs/{run_id}/artifacts?name={listed[0]['name']}").json()["artifacts"]
    assert [artifact["id"] for artifact in named] == [listed[0]["id"]]


def test_what_was_not_recorded_is_not_found_and_no_annotations_are_an_empty_list(ask):
    run = ask(f"{BITCOIN}/actions/runs?per_page=1").json()["workflow_runs"][0]

    assert ask(f"{BITCOIN}/actions/runs/{run['id']}/attempts/1/logs").status_code == 404
    assert ask(f"{BITCOIN}/actions/jobs/1/logs").status_code == 404
    assert ask(f"{BITCOIN}/check-runs/1/annotations").json() == []


def test_a_workflow_file_is_that_of_its_commit(ask):
    path = f"{SQLITE}/contents/.github/workflows/ci.yml"
    own = "8f0c06e1889513ed0f01cb57783ddf07c442d4be"
    raw = ask(f"{path}?ref={own}", accept="application/vnd.github.raw+json").content
    described = ask(f"{path}?ref={own}").json()

    assert raw == (SAMPLE / "github/simonw/sqlite-utils/contents" / own / ".github/workflows/ci.yml").read_bytes()
    assert described["encoding"] == "base64"
    assert raw != ask(f"{path}?ref={'0' * 40}", accept="application/vnd.github.raw+json").content


def test_a_file_that_is_no_evidence_is_not_served_and_the_answer_says_why(ask):
    answer = ask(f"{BITCOIN}/contents/.github/workflows/ci.yml?ref=abc")

    assert answer.status_code == 404
    assert "list of job names" in answer.json()["message"]


@pytest.mark.parametrize("path", ["%2e%2e/archive.json", "a/%2e%2e/%2e%2e/archive.json", "x?ref=../..", "a//b"])
def test_no_path_leads_out_of_the_contents(ask, path):
    assert ask(f"{BITCOIN}/contents/{path}").status_code == 404


def test_names_are_compared_without_regard_to_case_and_unknown_ones_are_not_found(ask):
    assert ask("/repos/Bitcoin/BITCOIN").json()["full_name"] == "bitcoin/bitcoin"
    assert ask("/repositories/140912432").json()["full_name"] == "simonw/sqlite-utils"
    assert {
        ask(path).status_code for path in ("/repos/no/such", "/repositories/1", "/", "/repos/bitcoin/bitcoin/x")
    } == {404}


@pytest.mark.parametrize("name", ["bitcoin/bitcoin", "simonw/sqlite-utils"])
def test_each_archive_says_when_and_what_it_is_and_that_nobody_endorses_it(name):
    manifest = json.loads((SAMPLE / "github" / name / "archive.json").read_text(encoding="utf-8"))

    assert manifest["snapshot_at"] in ("2025-10-16T20:42:15Z", "2026-08-20T12:00:00Z")
    assert "neither made nor endorse" in manifest["note"]
    assert set(manifest["not_served"]) <= {"contents/.github/workflows/ci.yml"}


def test_threads_that_ask_at_once_are_answered_alike():
    archive = RecordedArchive(SAMPLE)
    request = httpx.Request("GET", f"https://api.github.com{SQLITE}/actions/runs")
    with ThreadPoolExecutor(8) as pool:
        bodies = {answer.content for answer in pool.map(lambda _: archive.handle_request(request), range(16))}

    assert len(bodies) == 1
