import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_etl.errors import UnexpectedPayload, WebPage
from pipeline_etl.providers.github import payloads

DEEP = b"[" * 100_000 + b"]" * 100_000

KINDS = [
    payloads.Repository,
    payloads.Workflow,
    payloads.WorkflowRun,
    payloads.Job,
    payloads.Artifact,
    payloads.CacheEntry,
    payloads.WorkflowRuns,
    payloads.Jobs,
]


@given(content=st.binary(max_size=200), kind=st.sampled_from(KINDS))
def test_what_is_no_answer_is_an_unexpected_payload_and_nothing_else(content, kind):
    # No answer of any kind is this short and this random: each has a required field.
    with pytest.raises(UnexpectedPayload, match="While reading"):
        payloads.decode(content, kind, doing="reading")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"<html>",
        b'{"jobs":null}',
        b'{"total_count":1}',
        b'{"jobs":[{"id":1}',
        DEEP,
        b'{"jobs":[' + DEEP + b"]}",
    ],
)
def test_a_page_that_is_no_page_is_refused(content):
    with pytest.raises(UnexpectedPayload):
        payloads.decode(content, payloads.Jobs, doing="reading")


def test_a_run_without_its_attempt_is_refused_and_never_taken_for_the_first():
    run = (
        b'{"id":1,"run_number":1,"workflow_id":1,"event":"push","head_sha":"a","path":"p","html_url":"u",'
        b'"created_at":"2026-08-01T00:00:00Z","updated_at":"2026-08-01T00:00:00Z"}'
    )

    with pytest.raises(UnexpectedPayload, match="run_attempt"):
        payloads.decode(run, payloads.WorkflowRun, doing="reading")


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(UnexpectedPayload, match="timezone"):
        payloads.decode(
            b'{"number":1,"name":"a","status":"b","started_at":"2026-08-01T00:00:00"}', payloads.Step, doing=""
        )


def test_entries_of_a_list_stay_as_they_came():
    page = payloads.decode(b'{"total_count":2,"jobs":[{"id": 1},  {"new":"\\u00e9"}]}', payloads.Jobs, doing="reading")

    assert [bytes(item) for item in page.items] == [b'{"id": 1}', b'{"new":"\\u00e9"}']
    assert page.total_count == 2


def test_a_login_page_is_told_from_a_changed_answer():
    with pytest.raises(WebPage, match="a web page came") as met:
        payloads.decode(b"\n<!DOCTYPE html><title>Sign in</title>", payloads.Repository, doing="reading")

    assert "GITHUB_API_URL" in met.value.advice
