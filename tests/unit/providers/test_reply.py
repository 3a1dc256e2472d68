import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_etl.errors import (
    Expired,
    Gone,
    NotPermitted,
    PipelineError,
    RateLimited,
    Unauthorized,
    UnexpectedPayload,
    Unreachable,
)
from pipeline_etl.providers.reply import SAID_LIMIT, Reply, classify

NOW = datetime(2026, 8, 21, 3, 0, tzinfo=UTC)
DOING = "listing the jobs of run 7 of owner/name"


def reply(status, *, said=None, headers=None, content=b"", is_from_service=True):
    if said is not None:
        content = json.dumps({"message": said}).encode()
    return Reply(
        status_code=status, headers=httpx.Headers(headers or {}), content=content, is_from_service=is_from_service
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (reply(401, said="Bad credentials"), Unauthorized),
        (reply(403, said="Resource not accessible by integration"), NotPermitted),
        (reply(403, said="Must have admin rights to Repository."), NotPermitted),
        (reply(403, said="This installation has been suspended"), Unauthorized),
        (reply(403, headers={"x-ratelimit-remaining": "0"}), RateLimited),
        (reply(429), RateLimited),
        (reply(404, said="Not Found"), Gone),
        (reply(410, said="Artifact has expired"), Expired),
        (reply(410, content=b"Server Error"), Expired),
        (reply(451), Gone),
        (reply(408), Unreachable),
        (reply(502, content=b"<html><title>Unicorn!</title></html>"), Unreachable),
        (reply(400, said="Invalid API version"), UnexpectedPayload),
        (reply(422, said="Only the first 1000 search results are available"), UnexpectedPayload),
        # Azure's answer when its link, which lives for a minute, came too late: a new one is had by asking again.
        (reply(403, content=b"<Error>AuthenticationFailed</Error>", is_from_service=False), Unreachable),
    ],
)
def test_each_answer_is_the_error_that_says_what_to_do(answer, expected):
    error = classify(answer, doing=DOING, now=NOW)

    assert type(error) is expected
    assert DOING in str(error)
    assert str(answer.status_code) in str(error)


def test_a_missing_permission_is_named():
    error = classify(
        reply(403, said="Resource not accessible", headers={"X-Accepted-GitHub-Permissions": "checks=read"}),
        doing=DOING,
        now=NOW,
    )

    assert "Checks: read" in str(error)


def test_a_limit_carries_the_moment_at_which_it_ends():
    error = classify(reply(429, headers={"retry-after": "60"}), doing=DOING, now=NOW)

    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + timedelta(minutes=1)


def test_what_the_service_says_is_cut_and_redacted():
    token = "ghp_" + "a" * 36
    answer = reply(400, said=f"bad token {token} of someone@example.com " + "x" * 10_000)

    assert token not in answer.said
    assert "someone@" not in answer.said
    assert len(answer.said) == SAID_LIMIT


@given(status=st.integers(min_value=100, max_value=999), content=st.binary(max_size=200), ours=st.booleans())
def test_any_answer_is_some_error_of_ours(status, content, ours):
    error = classify(reply(status, content=content, is_from_service=ours), doing=DOING, now=NOW)

    assert isinstance(error, PipelineError)
