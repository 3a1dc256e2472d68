"""Flaky tests, now."""

from dataclasses import replace
from datetime import UTC, datetime

from pipeline_etl.reports.sections.flaky_tests import advise, class_name, draw


def judged(word: str, name: str = "test_a") -> dict[str, object]:
    return {
        "full_test_name": name,
        "flakiness_class": word,
        "flake_score_ratio": 0.9,
        "incident_count": 3,
        "credible_commit_count": None,
        "is_shard_dependent": None,
    }


def test_the_worst_test_is_named(repository):
    said = advise([judged("flaky"), judged("flaky", "test_b"), judged("broken")], repository)

    assert "“test_a” first: flaky with probability 90.0 %, 3 incidents." in said
    assert "1 test is broken, not flaky" in said


def test_the_commits_it_may_have_begun_with_are_named_where_they_are_known(repository):
    known = {
        **judged("flaky"),
        "credible_commit_count": 3,
        "first_suspect_sha": "a" * 40,
        "last_suspect_sha": "b" * 40,
        "onset_at": datetime(2026, 3, 22, tzinfo=UTC),
    }

    said = advise([known], repository)

    assert said.endswith("3 incidents. It began with one of 3 commits, aaaaaaaaaa to bbbbbbbbbb, about 2026-03-22.")
    assert "with commit aaaaaaaaaa, about" in advise([{**known, "credible_commit_count": 1}], repository)
    assert "began" not in advise([judged("flaky")], repository)


def test_a_test_that_flakes_with_one_number_of_shards_only_has_its_neighbours_to_blame(repository):
    said = advise([{**judged("flaky"), "is_shard_dependent": True, "flaky_shard_count": 4}], repository)

    assert said.endswith(
        "It flakes in a suite of 4 shards and in no other: look at what runs before it or beside it there."
    )
    assert "shard" not in advise([{**judged("flaky"), "is_shard_dependent": False}], repository)


def test_a_suspect_is_to_be_tried_and_not_mended(repository):
    assert "No test is flaky beyond doubt; run “test_a” again" in advise([judged("suspect")], repository)


def test_tests_that_were_judged_healthy_are_counted_apart_from_those_that_were_not_judged(repository):
    assert advise([], repository) == (
        "None of 90 judged tests looks flaky or broken now; 10 more have run too seldom to be judged."
    )


def test_no_judgement_is_no_health(repository):
    for facts in (
        {"test_execution_count": 0, "test_count": 0, "unjudged_test_count": 0},
        {"test_count": 0, "unjudged_test_count": 0},
        {"unjudged_test_count": 100},
    ):
        assert "o data is never healthy" in advise([], replace(repository, **facts))


def test_a_class_that_is_new_keeps_its_word():
    assert (class_name("env_broken"), class_name("haunted")) == ("broken in one environment", "haunted")
    assert draw([judged("haunted")]) == []
