from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_etl.extraction.plan import (
    GRID_ORIGIN,
    REVISIT_SECONDS,
    AttemptKey,
    Window,
    attempts_owed,
    attempts_unlisted,
    listing_start,
    windows_to_list,
)

MOMENTS = st.integers(min_value=0, max_value=32 * 365 * 86_400).map(
    lambda seconds: GRID_ORIGIN + timedelta(seconds=seconds)
)


MONTH = timedelta(days=30)


@given(MOMENTS, st.one_of(st.none(), MOMENTS), MOMENTS)
def test_every_second_asked_for_is_in_exactly_one_window(until, since, probe):
    since = since and min(since, until)
    windows = windows_to_list(since=since, until=until, revisited=MONTH)

    holding = [window for window in windows if window.created_from <= probe <= window.created_until]

    assert len(holding) == 1 if (since or GRID_ORIGIN) <= probe <= until else len(holding) <= 1


@given(MOMENTS)
def test_the_latest_window_is_listed_first(until):
    windows = windows_to_list(since=None, until=until, revisited=MONTH)

    starts = [window.created_from for window in windows]
    assert starts == sorted(starts, reverse=True)


@given(MOMENTS)
def test_all_the_service_remembers_takes_few_windows(until):
    assert len(windows_to_list(since=None, until=until, revisited=MONTH)) <= 15


@given(MOMENTS, st.integers(min_value=0, max_value=30))
def test_every_later_night_asks_for_windows_that_were_asked_for_before(until, hours):
    """Unchanged lists are answered 'not changed' only under the address they had the night before."""
    later = until + timedelta(hours=hours)
    first = set(windows_to_list(since=None, until=until, revisited=MONTH))
    second = set(windows_to_list(since=until - MONTH, until=later, revisited=MONTH))

    assert len(second - first) <= 1
    assert len(second) <= MONTH.total_seconds() / REVISIT_SECONDS + 2


@given(MOMENTS, st.integers(min_value=1, max_value=29))
def test_the_halves_of_a_window_are_the_window(start, exponent):
    window = Window(start, 2**exponent)
    later, earlier = window.halves

    assert (earlier.created_from, later.created_until) == (window.created_from, window.created_until)
    assert earlier.created_until + timedelta(seconds=1) == later.created_from


def test_a_window_of_one_second_cannot_be_halved():
    assert Window(GRID_ORIGIN, 1).halves is None


@pytest.mark.parametrize(
    ("known_until_at", "since", "expected"),
    [
        (None, None, None),
        (None, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
        (datetime(2026, 8, 20, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 21, tzinfo=UTC)),
    ],
)
def test_a_later_sync_goes_back_by_the_time_in_which_runs_may_be_run_again(known_until_at, since, expected):
    actual = listing_start(known_until_at=known_until_at, since=since, rerun_window=timedelta(days=30))

    assert actual == expected


def listed(*runs: tuple[int, int, datetime]) -> pl.DataFrame:
    return pl.DataFrame(runs, schema=["run_id", "run_attempt", "created_at"], orient="row")


def test_every_attempt_of_a_re_run_is_owed_oldest_run_first():
    new = datetime(2026, 8, 2, tzinfo=UTC)
    old = datetime(2026, 8, 1, tzinfo=UTC)

    actual = attempts_owed(listed((7, 3, new), (5, 1, old)), settled=frozenset({"7/1"}))

    assert actual == (AttemptKey(5, 1), AttemptKey(7, 2), AttemptKey(7, 3))


def test_an_unfinished_attempt_too_old_to_be_listed_is_asked_for_by_itself():
    now = datetime(2026, 8, 2, tzinfo=UTC)

    actual = attempts_unlisted({"5/1", "7/2"}, listed=listed((7, 2, now)))

    assert actual == (AttemptKey(5, 1),)
