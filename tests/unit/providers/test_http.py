import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from pipeline_etl.errors import Gone, MalformedArchive, RateLimited, Unauthorized, UnexpectedPayload, Unreachable
from pipeline_etl.providers import http
from pipeline_etl.providers.http import HttpClient, Waiting
from pipeline_etl.providers.provider import Validator

NOW = datetime(2026, 8, 21, 3, 0, tzinfo=UTC)
TOKEN = "a-token-of-no-known-kind"


class Time:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.moment = NOW
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)


class Service:
    """Answers from a list, or from a function; keeps what it was sent."""

    def __init__(self, answers, *, base_url="https://api.example", token=TOKEN):
        self.answers = answers
        self.sent = []
        self.time = Time()
        self.client = HttpClient(
            base_url,
            token=token,
            headers={"X-Api-Version": "1"},
            waiting=Waiting(now=lambda: self.time.moment, sleep=self.time.sleep),
            transport=httpx.MockTransport(self.answer),
        )

    def answer(self, request):
        self.sent.append(request)
        if callable(self.answers):
            return self.answers(request)
        answer = self.answers[min(len(self.sent), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def get(self, path="/runs", **named):
        return self.client.get(path, doing="reading", **named)


def ok(content=b"{}", **headers):
    return httpx.Response(
        200, content=content, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def redirect(location, status=302):
    return httpx.Response(status, headers={"location": location})


def test_every_request_names_its_sender_version_and_token():
    service = Service([ok()])
    service.get()

    headers = service.sent[0].headers
    assert headers["user-agent"] == "pipeline-etl"
    assert headers["x-api-version"] == "1"
    assert headers["authorization"] == f"Bearer {TOKEN}"


def test_without_a_token_none_is_sent():
    service = Service([ok()], token=None)
    service.get()

    assert "authorization" not in service.sent[0].headers


@pytest.mark.parametrize(
    "storage",
    [
        "https://storage.example/log.txt?sig=secret",
        "https://api.example.evil.example/log.txt",
        "https://api.example:8443/log.txt",
        "https://api.example@evil.example/log.txt",
        "//storage.example/log.txt",
    ],
)
def test_the_token_and_our_headers_go_to_no_other_origin(storage):
    service = Service([redirect(storage), ok(b"log")])

    assert service.client.download("/logs", doing="reading", limit_bytes=100) == b"log"
    ours, theirs = (repr(request.headers.raw) for request in service.sent)
    assert TOKEN in ours
    assert TOKEN not in theirs
    assert "x-api-version" not in service.sent[1].headers


def test_the_token_is_not_sent_back_over_a_detour():
    service = Service([redirect("https://storage.example/a"), redirect("https://other.example/b"), ok(b"log")])
    service.client.download("/logs", doing="reading", limit_bytes=100)

    assert ["authorization" in request.headers for request in service.sent] == [True, False, False]


def test_a_moved_repository_is_read_where_it_is_now_with_the_token():
    service = Service([redirect("/repositories/7/runs", status=301), ok(b'{"id":1}')])

    assert service.get().content == b'{"id":1}'
    assert str(service.sent[1].url) == "https://api.example/repositories/7/runs"
    assert "authorization" in service.sent[1].headers


def test_a_redirect_to_an_address_without_encryption_is_refused():
    service = Service([redirect("http://storage.example/log.txt"), ok()])

    with pytest.raises(UnexpectedPayload, match="http address"):
        service.get()
    assert len(service.sent) == 1


@pytest.mark.parametrize("location", ["/runs", "", "https://[", "ftp://x.example/"])
def test_redirects_that_lead_nowhere_end(location):
    service = Service([redirect(location)])

    with pytest.raises(UnexpectedPayload):
        service.get()
    assert len(service.sent) <= http.REDIRECT_LIMIT + 1


@pytest.mark.parametrize("failure", [httpx.ConnectError("no"), httpx.ReadTimeout("slow"), httpx.Response(502)])
def test_what_fails_in_passing_is_tried_again(failure):
    service = Service([failure, failure, ok(b"[]")])

    assert service.get().content == b"[]"
    assert service.client.request_count == 3
    assert len(service.time.slept) == 2


def test_tries_and_pauses_are_bounded():
    service = Service([httpx.Response(503)])

    with pytest.raises(Unreachable, match="503"):
        service.get()
    assert len(service.sent) == http.TRY_COUNT
    assert sum(service.time.slept) <= http.LONGEST_PAUSE_SECONDS * http.TRY_COUNT


@pytest.mark.parametrize(("status", "error"), [(404, Gone), (401, Unauthorized), (422, UnexpectedPayload)])
def test_what_no_try_will_mend_is_tried_once(status, error):
    service = Service([httpx.Response(status)])

    with pytest.raises(error):
        service.get()
    assert len(service.sent) == 1


def test_a_link_that_no_longer_holds_is_fetched_anew():
    links = iter(["https://storage.example/old", "https://storage.example/new"])

    def answer(request):
        if request.url.host == "api.example":
            return redirect(next(links))
        return ok(b"log") if request.url.path == "/new" else httpx.Response(403, content=b"AuthenticationFailed")

    service = Service(answer)

    assert service.client.download("/logs", doing="reading", limit_bytes=100) == b"log"


def test_a_short_limit_is_waited_for_and_a_long_one_is_told():
    short = Service([httpx.Response(429, headers={"retry-after": "30"}), ok(b"[]")])
    assert short.get().content == b"[]"
    assert short.time.slept == [30]

    reset = str(int((NOW + timedelta(minutes=40)).timestamp()))
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
    long = Service([httpx.Response(403, headers=headers), ok()])
    with pytest.raises(RateLimited) as raised:
        long.get()
    assert raised.value.retry_at == NOW + timedelta(minutes=40, seconds=1)
    assert long.time.slept == []


def test_while_limited_not_one_request_is_sent():
    reset = str(int((NOW + timedelta(minutes=40)).timestamp()))
    service = Service([ok(x_ratelimit_remaining="0", x_ratelimit_reset=reset), ok()])
    service.get()

    for _ in range(3):
        with pytest.raises(RateLimited):
            service.get()
    assert service.client.request_count == 1

    service.time.moment += timedelta(hours=1)
    service.get()
    assert service.client.request_count == 2


def test_a_service_that_refuses_for_ever_is_not_asked_for_ever():
    service = Service([httpx.Response(403, json={"message": "You have exceeded a secondary rate limit."})])

    with pytest.raises(RateLimited):
        service.get()
    assert len(service.sent) <= http.REFUSAL_LIMIT
    assert service.time.slept == sorted(service.time.slept)


@pytest.mark.parametrize("reset", ["", "soon", "-1", "99999999999999999999", "nan", "1e400"])
def test_nonsense_in_the_headers_of_a_good_answer_stops_nothing(reset):
    service = Service([ok(x_ratelimit_remaining="0", x_ratelimit_reset=reset)])
    service.get()
    service.get()

    assert service.time.slept == []


def test_a_matching_tag_is_answered_with_unchanged():
    def answer(request):
        if request.headers.get("if-none-match") == 'W/"1"':
            return httpx.Response(304, headers={"etag": 'W/"1"'})
        return ok(b"[1]", etag='W/"1"')

    service = Service(answer)
    first = service.get()
    second = service.get(etag=first.etag)

    assert (first.is_unchanged, first.content) == (False, b"[1]")
    assert (second.is_unchanged, second.content) == (True, b"")


def paged(request):
    """Three pages, linked by another name than the one asked for, as the service does."""
    number = int(request.url.params.get("page", "1"))
    link = f'<https://api.example/repositories/7/runs?page={number + 1}&created=a%2Bb>; rel="next", <https://api.example/x>; rel="last"'
    headers = {"etag": f'"{number}"'} | ({"link": link} if number < 3 else {})
    if request.headers.get("if-none-match") == headers["etag"]:
        return httpx.Response(304, headers={"etag": headers["etag"]})
    return httpx.Response(200, content=json.dumps([number]), headers=headers)


def test_pages_are_followed_by_their_links_to_the_end():
    service = Service(paged)
    pages = list(service.client.pages("/repos/o/n/runs?page=1", doing="listing"))

    assert [json.loads(reply.content) for _, reply in pages] == [[1], [2], [3]]
    assert pages[1][0] == "/repositories/7/runs?page=2&created=a%2Bb"


def test_a_list_goes_on_behind_pages_that_are_unchanged():
    first = "/repos/o/n/runs"
    second = "/repositories/7/runs?page=2&created=a%2Bb"
    known = {first: Validator(etag='"1"', next_url=second), second: Validator(etag='"old"', next_url=None)}
    pages = list(Service(paged).client.pages(first, doing="listing", validators=known))

    assert [reply.is_unchanged for _, reply in pages] == [True, False, False]


def test_a_link_to_another_host_is_followed_on_ours():
    def answer(request):
        link = {"link": '<https://evil.example/runs?page=2>; rel="next"'} if "page" not in request.url.params else {}
        return httpx.Response(200, content=b"[]", headers=link)

    service = Service(answer)
    list(service.client.pages("/runs", doing="listing"))

    assert [str(request.url) for request in service.sent] == [
        "https://api.example/runs",
        "https://api.example/runs?page=2",
    ]


def test_pages_that_lead_in_a_circle_end():
    service = Service([httpx.Response(200, content=b"[]", headers={"link": '</runs>; rel="next"'})])

    with pytest.raises(UnexpectedPayload, match="circle"):
        list(service.client.pages("/runs", doing="listing"))
    assert len(service.sent) == 1


def test_an_enterprise_servers_prefix_is_kept():
    service = Service([ok()], base_url="https://host.example/api/v3/")
    service.client.get(service.client.path("/repos/o/n"), doing="reading")

    assert str(service.sent[0].url) == "https://host.example/api/v3/repos/o/n"


def test_a_download_ends_at_its_limit_with_a_sentence_that_names_it():
    read = []

    def endless():
        while True:
            read.append(1)
            yield b"x" * 1_000

    service = Service(lambda _: httpx.Response(200, content=endless()))

    with pytest.raises(MalformedArchive, match=re.escape("limit of 10,000 bytes")):
        service.client.download("/zip", doing="downloading", limit_bytes=10_000)
    assert len(read) <= 11
    assert len(service.sent) == 1


def test_an_endless_list_ends_at_the_limit(monkeypatch):
    monkeypatch.setattr(http, "JSON_LIMIT_BYTES", 10)

    with pytest.raises(UnexpectedPayload, match="larger than 10 bytes"):
        Service([ok(b"x" * 11)]).get()


def test_the_token_is_in_no_error_though_the_service_repeats_it():
    service = Service([httpx.Response(400, json={"message": f"cannot read {TOKEN}!"})])

    with pytest.raises(UnexpectedPayload) as raised:
        service.get()
    assert "cannot read" in str(raised.value)
    assert TOKEN not in str(raised.value)
    assert TOKEN not in repr(service.client)


def test_a_signed_address_is_in_no_error():
    service = Service(
        lambda request: (
            redirect("https://storage.example/log?sig=secret")
            if request.url.host == "api.example"
            else httpx.Response(500)
        )
    )

    with pytest.raises(Unreachable) as raised:
        service.client.download("/logs", doing="reading", limit_bytes=100)
    assert "secret" not in str(raised.value)


def test_a_limit_met_by_one_thread_holds_back_all():
    reset = str(int((NOW + timedelta(hours=1)).timestamp()))
    both_sent = threading.Barrier(2, timeout=5)

    def answer(request):
        if request.url.path == "/first":
            both_sent.wait()
            return httpx.Response(403, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset})
        return ok()

    service = Service(answer)

    def ask(path):
        with pytest.raises(RateLimited):
            service.get(path)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, ["/first", "/first"]))
        list(pool.map(ask, [f"/{number}" for number in range(20)]))

    assert service.client.request_count == 2


def deleting(service, path="/actions/artifacts/7"):
    return service.client.delete(path, doing="deleting artifact 7")


def test_a_deletion_is_asked_for_with_our_token_and_ends_without_words():
    service = Service([httpx.Response(204)])

    assert deleting(service) is None
    assert [(request.method, request.url.path) for request in service.sent] == [("DELETE", "/actions/artifacts/7")]
    assert service.sent[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_deletion_follows_no_redirect(status):
    service = Service([redirect("https://api.example/actions/artifacts/8", status=status), httpx.Response(204)])

    with pytest.raises(UnexpectedPayload, match="sent us elsewhere"):
        deleting(service)
    assert len(service.sent) == 1


def test_a_deletion_whose_answer_was_lost_is_asked_for_again_and_may_find_it_gone():
    service = Service([httpx.ReadError("cut"), httpx.Response(404)])

    with pytest.raises(Gone):
        deleting(service)
    assert [request.method for request in service.sent] == ["DELETE", "DELETE"]


def test_a_token_that_may_not_delete_is_told_the_permission_it_lacks():
    refusal = httpx.Response(403, headers={"x-accepted-github-permissions": "actions=write"}, json={"message": "No"})

    with pytest.raises(Unauthorized, match="Actions: write"):
        deleting(Service([refusal]))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-09-01 00:00:00 UTC", datetime(2026, 9, 1, tzinfo=UTC)),
        ("2026-09-01 00:00:00 -0700", datetime(2026, 9, 1, 7, tzinfo=UTC)),
        ("soon", None),
    ],
)
def test_the_end_of_a_token_is_known_from_the_last_answer_that_told_of_it(told, expected):
    service = Service([ok(**{"github-authentication-token-expiration": told}), ok()])
    assert service.client.token_expires_at is None
    service.get()
    service.get()

    assert service.client.token_expires_at == expected


def test_of_a_token_that_is_renewed_no_end_is_told():
    class Renewed:
        def token(self):
            return TOKEN

        def renew(self, *, refused):
            return bool(refused)

    service = Service([ok(**{"github-authentication-token-expiration": "2026-09-01 00:00:00 UTC"})], token=Renewed())
    service.get()

    assert service.client.token_expires_at is None
