"""Deleting at a service on loopback: what is listed, one by one, and nothing else."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline_etl.advice import Candidate, Held
from pipeline_etl.cli.deleting import DeletionLog, delete_all
from pipeline_etl.errors import RateLimited, Unauthorized, Unreachable
from pipeline_etl.providers import Waiting, github_provider
from tests.fake_ci.faults import Fault, secondary_limit
from tests.fake_ci.scenario import Story, a_run, passed
from tests.fake_ci.server import TOKEN, FakeCI


@pytest.fixture
def ci() -> Iterator[FakeCI]:
    story = Story()
    story.may_delete = True
    with FakeCI(story) as service:
        yield service


@pytest.fixture
def log(tmp_path: Path) -> DeletionLog:
    return DeletionLog(tmp_path / "deletions.jsonl")


def listed(kind: Any, item_id: int, name: str) -> Candidate:
    held = Held(
        repository_name="octo/fake",
        kind=kind,
        item_id=item_id,
        name=name,
        family=name,
        size_bytes=1000,
        created_at=None,
        used_at=None,
        expires_at=None,
        where="main",
    )
    return Candidate(item=held, unused=timedelta(days=40), is_expiring=False)


def artifacts(ci: FakeCI, *names: str) -> list[Candidate]:
    run_id = ci.story.happens(a_run().with_attempt(passed()))
    return [listed("artifact", ci.story.has_artifact(run_id, name, b"content"), name) for name in names]


def caches(ci: FakeCI, *keys: str) -> list[Candidate]:
    return [listed("cache", ci.story.has_cache(key), key) for key in keys]


def delete(ci: FakeCI, log: DeletionLog, candidates: list[Candidate], *, token: str = TOKEN) -> Any:
    time = ci.story.time
    provider = github_provider(ci.url, token=token, waiting=Waiting(now=time.now, sleep=time.sleep))
    return delete_all(candidates, provider, provider.repository("octo/fake"), log=log, clock=time.now)


def noted(log: DeletionLog) -> list[tuple[str, str]]:
    return [(line["name"], line["outcome"]) for line in map(json.loads, log.path.read_text("utf-8").splitlines())]


def test_what_is_listed_is_deleted_and_nothing_else(ci: FakeCI, log: DeletionLog) -> None:
    going = [*artifacts(ci, "old", "older"), *caches(ci, "venv-1")]
    staying = artifacts(ci, "new") + caches(ci, "venv-2")

    deletion = delete(ci, log, going)

    assert dict(deletion.counts) == {"deleted": 3}
    assert (deletion.freed_bytes, deletion.left_count, deletion.error) == (3000, 0, None)
    assert [number for _, number in ci.deleted] == [candidate.item.item_id for candidate in going]
    assert {*ci.story.artifacts, *ci.story.caches} == {candidate.item.item_id for candidate in staying}
    assert noted(log) == [("old", "deleted"), ("older", "deleted"), ("venv-1", "deleted")]


def test_what_is_gone_or_has_become_something_else_is_left_alone(ci: FakeCI, log: DeletionLog) -> None:
    gone, renamed, fine = artifacts(ci, "gone", "renamed", "fine")
    del ci.story.artifacts[gone.item.item_id]
    ci.story.artifacts[renamed.item.item_id][0]["name"] = "something else"
    missing = listed("cache", 1, "venv-1")

    deletion = delete(ci, log, [gone, renamed, missing, fine])

    assert dict(deletion.counts) == {"gone": 2, "changed": 1, "deleted": 1}
    assert deletion.freed_bytes == 1000
    assert [number for _, number in ci.deleted] == [fine.item.item_id]
    assert log.done() == {
        ("octo/fake", "artifact", gone.item.item_id),
        ("octo/fake", "cache", 1),
        ("octo/fake", "artifact", fine.item.item_id),
    }


def test_a_token_that_may_only_read_ends_it_with_the_first(ci: FakeCI, log: DeletionLog) -> None:
    ci.story.may_delete = False
    candidates = artifacts(ci, "a", "b", "c")

    deletion = delete(ci, log, candidates)

    assert isinstance(deletion.error, Unauthorized)
    assert "Actions: write" in str(deletion.error)
    assert (dict(deletion.counts), deletion.left_count, ci.deleted) == ({"failed": 1}, 2, [])
    assert log.done() == set()


def test_a_service_that_denies_what_it_shows_is_a_token_without_the_right(ci: FakeCI, log: DeletionLog) -> None:
    (candidate,) = caches(ci, "venv-1")
    ci.faults.script(Fault(r"/actions/caches/\d+$", status=404, body=b'{"message": "Not Found"}'))

    deletion = delete(ci, log, [candidate])

    assert isinstance(deletion.error, Unauthorized)
    assert "may lack Actions: write" in str(deletion.error)


def test_a_limit_that_ends_soon_is_waited_for(ci: FakeCI, log: DeletionLog) -> None:
    ci.faults.script(secondary_limit(r"/actions/artifacts/\d+$", retry_after="60"))

    assert dict(delete(ci, log, artifacts(ci, "a", "b")).counts) == {"deleted": 2}


def test_a_limit_that_lasts_ends_it_and_says_what_is_left(ci: FakeCI, log: DeletionLog) -> None:
    ci.faults.script(secondary_limit(r"/actions/artifacts/\d+$", times=9, retry_after="7200"))

    deletion = delete(ci, log, artifacts(ci, "a", "b", "c"))

    assert isinstance(deletion.error, RateLimited)
    assert (deletion.left_count, ci.deleted) == (2, [])


def test_one_thing_that_cannot_be_deleted_does_not_end_it_three_in_a_row_do(ci: FakeCI, log: DeletionLog) -> None:
    candidates = artifacts(ci, *"abcdef")
    first = rf"/actions/artifacts/{candidates[0].item.item_id}$"
    others = "|".join(str(candidate.item.item_id) for candidate in candidates[2:])
    ci.faults.script(Fault(first, times=99, status=502))
    ci.faults.script(Fault(rf"/actions/artifacts/({others})$", times=99, status=502))

    deletion = delete(ci, log, candidates)

    assert isinstance(deletion.error, Unreachable)
    assert noted(log) == [("a", "failed"), ("b", "deleted"), ("c", "failed"), ("d", "failed"), ("e", "failed")]
    assert deletion.left_count == 1


def test_a_cut_connection_is_asked_again(ci: FakeCI, log: DeletionLog) -> None:
    ci.faults.script(Fault(r"/actions/artifacts/\d+$", status=0))

    assert dict(delete(ci, log, artifacts(ci, "a")).counts) == {"deleted": 1}
    assert len(ci.deleted) == 1


def test_the_token_is_in_no_line_that_is_written(ci: FakeCI, log: DeletionLog) -> None:
    ci.story.may_delete = False
    delete(ci, log, artifacts(ci, "a"))

    assert TOKEN not in log.path.read_text("utf-8")


def test_a_line_that_was_cut_off_is_not_believed(log: DeletionLog) -> None:
    whole = {"repository_name": "a/b", "kind": "cache", "id": 7, "outcome": "deleted"}
    log.path.write_text(json.dumps(whole) + "\n" + json.dumps({**whole, "id": 8})[:40] + '\n[]\n{"id": "x"}\n', "utf-8")

    assert log.done() == {("a/b", "cache", 7)}
