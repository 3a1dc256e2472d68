"""What the rules let go, and what always stays."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline_etl.advice.clean_up import Rules, clean_up, items_of

AS_OF = datetime(2026, 8, 20, tzinfo=UTC)
ALL = Rules(older_than=timedelta(0), larger_than_bytes=0, keep_latest=0)


def artifact(number, *, days=40, **changes):
    row = {
        "repository_name": "a/b",
        "artifact_id": number,
        "artifact_name": "dist",
        "artifact_bytes": 1000 * number,
        "is_expired": False,
        "created_at": AS_OF - timedelta(days=days),
        "expires_at": AS_OF + timedelta(days=90 - days),
        "head_branch": "main",
    }
    return {**row, **changes}


def cache(number, *, days=40, **changes):
    row = {
        "repository_name": "a/b",
        "cache_id": number,
        "cache_key": f"venv-{number}",
        "key_template": "venv-<num>",
        "ref": "refs/heads/main",
        "cache_bytes": 1000 * number,
        "created_at": AS_OF - timedelta(days=100),
        "last_accessed_at": AS_OF - timedelta(days=days),
    }
    return {**row, **changes}


def listed(artifacts=(), caches=(), *, older_than=0, larger_than=0, keep_latest=0, as_of_at=AS_OF):
    rules = Rules(older_than=timedelta(days=older_than), larger_than_bytes=larger_than, keep_latest=keep_latest)
    return clean_up("a/b", items_of(artifacts, caches), rules, as_of_at=as_of_at)


def ids(result):
    return [(candidate.item.kind, candidate.item.item_id) for candidate in result.candidates]


def test_the_largest_come_first_and_their_sizes_add_up():
    result = listed([artifact(1), artifact(3)], [cache(2)])

    assert ids(result) == [("artifact", 3), ("cache", 2), ("artifact", 1)]
    assert (result.freed_bytes, result.kept_count, result.kept_bytes) == (6000, 0, 0)


def test_age_is_since_an_entry_was_restored_and_since_an_artifact_was_made():
    result = listed([artifact(1, days=29), artifact(2, days=30)], [cache(3, days=29), cache(4, days=30)], older_than=30)

    assert ids(result) == [("cache", 4), ("artifact", 2)]
    assert (result.kept_count, result.kept_bytes) == (2, 4000)


def test_all_rules_have_to_allow_it():
    assert ids(listed([artifact(1, days=50), artifact(9, days=5)], older_than=30, larger_than=5000)) == []


def test_the_latest_of_each_name_and_of_each_key_and_branch_stay():
    result = listed(
        [artifact(1, days=3), artifact(2, days=2), artifact(3, artifact_name="other")],
        [cache(4), cache(5, created_at=AS_OF), cache(6, ref="refs/pull/1/merge")],
        keep_latest=1,
    )

    assert ids(result) == [("cache", 4), ("artifact", 1)]


def test_what_has_expired_is_neither_listed_nor_kept():
    gone = [artifact(1, is_expired=True), artifact(2, expires_at=AS_OF)]

    assert (ids(listed(gone)), listed(gone).kept_count) == ([], 0)


def test_what_the_service_deletes_by_itself_soon_is_said():
    result = listed([artifact(1, expires_at=AS_OF + timedelta(days=7)), artifact(2, expires_at=None)])

    assert {each.item.item_id: each.is_expiring for each in result.candidates} == {1: True, 2: False}


def test_what_has_no_age_stays():
    unknown = artifact(1, created_at=None, expires_at=None)

    assert (ids(listed([unknown])), listed([unknown]).kept_count) == ([], 1)
    assert ids(listed([artifact(1)], as_of_at=None)) == []


def test_things_of_another_repository_are_not_touched():
    assert ids(listed([artifact(1, repository_name="c/d")])) == []


def test_all_of_it_is_json():
    content = json.loads(json.dumps(listed([artifact(1)], [cache(2)]).content))

    assert [each["kind"] for each in content["candidates"]] == ["cache", "artifact"]
    assert content["candidates"][1]["last_used_at"] is None  # nobody knows


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 50), st.sampled_from("xyz")), max_size=20),
    st.integers(0, 40),
    st.integers(0, 30_000),
    st.integers(0, 3),
)
def test_every_item_is_either_listed_or_kept_and_stricter_rules_list_no_more(drawn, older_than, larger_than, keep):
    rows = [
        artifact(number, days=days, artifact_bytes=size * 1000, artifact_name=name)
        for number, (days, size, name) in enumerate(drawn)
    ]
    strict = listed(rows, older_than=older_than, larger_than=larger_than, keep_latest=keep)
    everything = clean_up("a/b", items_of(rows, ()), ALL, as_of_at=AS_OF)

    assert len(strict.candidates) + strict.kept_count == len(rows)
    assert strict.freed_bytes + strict.kept_bytes == sum(row["artifact_bytes"] for row in rows)
    assert set(ids(strict)) <= set(ids(everything))
    for name in {name for *_, name in drawn}:
        newest = sorted((days, -number) for number, (days, _, each) in enumerate(drawn) if each == name)[:keep]
        assert not {("artifact", -number) for _, number in newest} & set(ids(strict))
