from datetime import UTC, datetime

import httpx
import pytest

from pipeline_etl.errors import Gone, UnexpectedPayload
from pipeline_etl.providers import HttpClient, Waiting
from pipeline_etl.providers.github import payloads
from pipeline_etl.providers.github.endpoints import HEADERS, Endpoints

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ALL = {"created_from": datetime(2018, 1, 1, tzinfo=UTC), "created_until": datetime(2051, 1, 1, tzinfo=UTC)}


def endpoints(answer, base_url="https://api.github.com"):
    waiting = Waiting(now=lambda: NOW, sleep=lambda _: None)
    transport = httpx.MockTransport(answer)
    return Endpoints(http=HttpClient(base_url, token=None, headers=HEADERS, waiting=waiting, transport=transport))


def listing(key, items, *, counted=None, following=None):
    body = {"total_count": len(items) if counted is None else counted, key: items}
    headers = {"link": f'<https://api.github.com{following}>; rel="next"'} if following else {}
    return httpx.Response(200, json=body, headers=headers)


def job(number):
    return {"id": number, "name": f"job {number}", "head_sha": "a", "status": "completed", "labels": []}


def test_257_jobs_are_three_pages_and_a_job_listed_twice_is_one():
    sent = []

    def answer(request):
        sent.append(request)
        number = int(request.url.params.get("page", "1"))
        # A job that arrives while the pages are read pushes the last one of a page onto the next.
        jobs = [job(id_) for id_ in range(max(1, number * 100 - 100), min(number * 100, 257) + 1)]
        following = f"/repositories/1/actions/runs/7/attempts/1/jobs?per_page=100&page={number + 1}"
        return listing("jobs", jobs, counted=257, following=following if number < 3 else None)

    jobs = endpoints(answer).jobs("o/n", run_id=7, run_attempt=1)
    ids = [payloads.decode(each, payloads.Identified, doing="").id for each in jobs]

    assert len(sent) == 3
    assert (len(ids), len(set(ids))) == (257, 257)
    assert sent[0].url.params["per_page"] == "100"


def test_jobs_that_are_counted_and_not_listed_are_an_error_and_not_a_shorter_list():
    service = endpoints(lambda _: listing("jobs", [job(1), job(1)], counted=2))

    with pytest.raises(UnexpectedPayload, match="counts 2 and lists 1"):
        service.jobs("o/n", run_id=7, run_attempt=1)


def test_a_window_is_asked_for_in_utc_and_encoded():
    asked = []

    def answer(request):
        asked.append(request.url)
        return listing("workflow_runs", [])

    list(endpoints(answer).runs("o/n", **ALL, validators={}))

    assert asked[0].params["created"] == "2018-01-01T00:00:00Z..2051-01-01T00:00:00Z"
    assert b"+" not in asked[0].query


@pytest.mark.parametrize("name", ["../../user", "o/../x", "o", "o//n", "/"])
def test_a_name_leads_to_no_other_endpoint(name):
    asked = []

    def answer(request):
        asked.append(request.url.path)
        return httpx.Response(404)

    with pytest.raises(Gone):
        endpoints(answer).repository(name)
    assert asked in ([], ["/repos/o"])


def test_a_name_with_strange_characters_stays_a_name():
    asked = []

    def answer(request):
        asked.append(request.url.raw_path)
        return httpx.Response(404)

    with pytest.raises(Gone):
        endpoints(answer, base_url="https://host.example/api/v3").repository("o/n?x=1#y é")
    assert asked == [b"/api/v3/repos/o/n%3Fx%3D1%23y%20%C3%A9"]


def test_every_request_names_the_version_of_the_api():
    headers = []

    def answer(request):
        headers.append(request.headers)
        return listing("actions_caches", [])

    list(endpoints(answer).caches("o/n"))

    assert headers[0]["x-github-api-version"] == "2022-11-28"
    assert headers[0]["accept"] == "application/vnd.github+json"


def test_what_is_deleted_is_named_by_its_id_alone():
    asked = []

    def answer(request):
        asked.append((request.method, request.url.path))
        return httpx.Response(204)

    endpoints(answer).delete_artifact("o/n", artifact_id=7)
    endpoints(answer).delete_cache("o/n", cache_id=8)

    assert asked == [
        ("DELETE", "/repos/o/n/actions/artifacts/7"),
        ("DELETE", "/repos/o/n/actions/caches/8"),
    ]
