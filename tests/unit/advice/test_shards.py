"""How many shards pay, and which rule says that more do not."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_etl.advice.shards import MOST_SHARDS, Terms, choose, predict
from pipeline_etl.advice.splitting import Item


def suite(*seconds):
    return [Item(name=f"t{number:03d}", seconds=float(each)) for number, each in enumerate(seconds)]


def test_a_shard_has_the_whole_overhead_and_is_billed_by_whole_minutes():
    prediction = predict(suite(120, 90, 60, 60, 45, 30, 30, 15), overhead_seconds=40, shard_count=3, price_usd=0.006)

    assert prediction.wall_seconds == 190
    assert prediction.billed_minute_count == 3 * 4  # 190 s are four started minutes
    assert prediction.cost_usd == pytest.approx(0.072)


def test_chunks_that_pytest_split_cannot_cut_have_no_wall_time():
    prediction = predict(suite(6, 5, 0), overhead_seconds=1, shard_count=2, price_usd=None)

    assert (prediction.wall_seconds, prediction.chunked_wall_seconds) == (7, 7)
    assert predict(suite(5, 5, 0), overhead_seconds=1, shard_count=1, price_usd=None).chunked_wall_seconds is None


def test_where_the_set_up_outweighs_the_tests_one_job_is_enough():
    choice = choose(suite(*[1.0] * 7), overhead_seconds=8, terms=Terms())

    assert choice.chosen.shard_count == 1
    assert choice.reason == "with one more, a shard would take longer to set up than to test"


def test_one_test_that_dominates_ends_the_gain_and_is_named():
    choice = choose(suite(300, *[10] * 30), overhead_seconds=5, terms=Terms())

    assert choice.chosen.shard_count == 2
    assert choice.reason == "one more would shorten the run by less than 5 %"
    assert choose(suite(400, *[10] * 30), overhead_seconds=5, terms=Terms()).dominating.name == "t000"


def test_a_run_holds_no_more_runners_than_it_may():
    choice = choose(suite(*[10] * 600), overhead_seconds=5, terms=Terms(runner_count=4))

    assert choice.chosen.shard_count == 4
    assert choice.reason == "a run may hold no more than 4 runners"


def test_the_first_that_is_fast_enough_is_taken():
    items = suite(*[10] * 60)

    choice = choose(items, overhead_seconds=5, terms=Terms(target_seconds=205))

    assert (choice.chosen.shard_count, choice.chosen.wall_seconds) == (3, 205)
    assert choice.reason == "it is the first within the 205 s asked for"


def test_dear_runners_make_fewer_shards_pay():
    items = suite(*[10] * 600)
    cheap = choose(items, overhead_seconds=100, terms=Terms(minute_price_usd=0.006))
    dear = choose(items, overhead_seconds=100, terms=Terms(minute_price_usd=2.0))

    assert dear.chosen.shard_count < cheap.chosen.shard_count
    assert dear.reason == "more would cost more than the time they save is worth"


def test_no_suite_gets_shards_without_end():
    choice = choose(suite(*[1] * 5000), overhead_seconds=0, terms=Terms())

    assert choice.chosen.shard_count <= MOST_SHARDS
    assert choose([], overhead_seconds=3, terms=Terms()).chosen.shard_count == 1


@given(
    st.lists(st.integers(1, 90).map(float), min_size=1, max_size=60),
    st.integers(0, 60).map(float),
    st.one_of(st.none(), st.floats(0.001, 0.5)),
    st.one_of(st.none(), st.integers(1, 9)),
)
def test_every_prediction_obeys_its_laws(seconds, overhead, price, runner_count):
    terms = Terms(minute_price_usd=price, runner_count=runner_count)
    choice = choose(suite(*seconds), overhead_seconds=overhead, terms=terms)

    assert choice.chosen in choice.predictions
    assert choice.chosen.shard_count <= (runner_count or MOST_SHARDS)
    assert [each.shard_count for each in choice.predictions] == list(range(1, len(choice.predictions) + 1))
    for each in choice.predictions:
        assert overhead + max(seconds) <= each.wall_seconds <= overhead + sum(seconds) + 1e-9
        assert each.billed_minute_count >= math.ceil(round((sum(seconds) + each.shard_count * overhead) / 60, 6))
        assert (each.cost_usd is None) == (price is None)


def test_time_that_is_worth_nothing_buys_no_shard():
    terms = Terms(minute_price_usd=0.006)

    assert choose(suite(*[9] * 90), overhead_seconds=30, terms=terms).chosen.shard_count > 1
    assert (
        choose(suite(*[9] * 90), overhead_seconds=30, terms=replace(terms, second_value_usd=1e-9)).chosen.shard_count
        == 1
    )
