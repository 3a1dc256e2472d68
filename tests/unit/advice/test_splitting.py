"""Worked examples, laws, and what pytest-split itself makes of the same durations."""

import itertools
import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_etl.advice.splitting import Item, Split, duration_based_chunks, least_duration, lower_bound

RECORDED = json.loads((Path(__file__).parent / "splitting_files" / "pytest_split.json").read_text("utf-8"))
SECONDS = st.lists(st.integers(0, 50).map(float), min_size=1, max_size=40)


def suite(seconds):
    return [Item(name=f"t{number:03d}", seconds=each) for number, each in enumerate(seconds)]


def names(split: Split | None):
    return None if split is None else [[item.name for item in share] for share in split.shares]


@pytest.mark.parametrize(
    ("seconds", "loads"),
    [
        ([7, 6, 5, 4, 3, 2], [9, 9, 9]),
        ([7, 7, 6, 6, 5, 4, 4, 4], [12, 15, 16]),
        ([120, 90, 60, 60, 45, 30, 30, 15], [150, 150, 150]),
    ],
)
def test_the_worked_examples_are_shared_out_by_the_longest_first(seconds, loads):
    assert sorted(least_duration(suite(seconds), 3).loads) == loads


def test_balance_is_the_lower_bound_by_what_the_most_loaded_share_takes():
    items = suite([7, 7, 6, 6, 5, 4, 4, 4])

    assert lower_bound(items, 3) == pytest.approx(14.33, abs=0.01)
    assert least_duration(items, 3).balance == pytest.approx(0.896, abs=0.001)
    assert least_duration(suite([0, 0]), 2).balance is None


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded["name"])
def test_shares_are_those_of_pytest_split(recorded):
    items, count = suite(recorded["seconds"]), recorded["split_count"]

    assert names(least_duration(items, count)) == recorded["least_duration"]
    assert names(duration_based_chunks(items, count)) == recorded["duration_based_chunks"]


def test_the_record_holds_a_suite_that_pytest_split_itself_cannot_cut():
    assert any(recorded["duration_based_chunks"] is None for recorded in RECORDED)


def best(seconds, count):
    """The least makespan there is, by trying every way."""
    return min(
        max(sum(each for each, share in zip(seconds, ways, strict=True) if share == index) for index in range(count))
        for ways in itertools.product(range(count), repeat=len(seconds))
    )


@given(st.lists(st.integers(1, 20), min_size=1, max_size=6), st.integers(1, 3))
def test_no_split_takes_more_than_four_thirds_of_the_best(seconds, count):
    ratio = 4 / 3 - 1 / (3 * count)

    assert least_duration(suite(seconds), count).makespan <= ratio * best(seconds, count) + 1e-9


@given(SECONDS, st.integers(1, 12))
def test_every_test_is_in_one_share_and_the_loads_add_up(seconds, count):
    items = suite(seconds)
    for split in (least_duration(items, count), duration_based_chunks(items, count)):
        if split is None:
            continue
        assert sorted(item.name for share in split.shares for item in share) == [item.name for item in items]
        assert len(split.shares) == count
        assert math.isclose(sum(split.loads), sum(seconds), abs_tol=1e-9)
        assert lower_bound(items, count) <= split.makespan + 1e-9


@given(SECONDS, st.integers(1, 12))
def test_chunks_keep_the_order_of_the_suite(seconds, count):
    split = duration_based_chunks(suite(seconds), count)

    assert split is None or [item.name for share in split.shares for item in share] == [
        item.name for item in suite(seconds)
    ]


@given(SECONDS, st.integers(1, 12), st.randoms(use_true_random=False))
def test_the_order_of_a_suite_changes_no_load_of_the_longest_first(seconds, count, random):
    items = suite(seconds)
    shuffled = random.sample(items, len(items))

    assert sorted(least_duration(items, count).loads) == pytest.approx(sorted(least_duration(shuffled, count).loads))
