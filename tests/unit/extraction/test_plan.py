from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_etl.extraction.plan import (
    GRID_ORIGIN,
    REVISIT_SECONDS,
    AttemptKey,
    Known,
    Window,
    attempts_owed,
    attempts_unlisted,
    history_known,
    spans_to_list,
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


NOW = datetime(2026, 8, 21, tzinfo=UTC)
RECENT = NOW - timedelta(days=31)
JUNE, JULY = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("known_since", "since", "expected"),
    [
        pytest.param(None, None, [RECENT], id="all of it was known"),
        pytest.param(None, JUNE, [RECENT], id="a later beginning takes nothing away"),
        pytest.param(JUNE, JUNE, [RECENT], id="unchanged"),
        pytest.param(JUNE, JULY, [RECENT], id="later"),
        pytest.param(JULY, JUNE, [RECENT, (JUNE, JULY)], id="earlier"),
        pytest.param(JULY, None, [RECENT, (None, JULY)], id="all of it from now on"),
        pytest.param(NOW - timedelta(days=9), NOW - timedelta(days=9), [NOW - timedelta(days=9)], id="young history"),
    ],
)
def test_history_grows_backwards_with_an_earlier_beginning_and_never_shrinks(known_since, since, expected):
    known = Known(since=known_since, until=NOW - timedelta(days=1))

    spans = spans_to_list(known, since=since, until=NOW, rerun_window=timedelta(days=30))

    assert [(span.since, span.until) for span in spans] == [
        each if isinstance(each, tuple) else (each, NOW) for each in expected
    ]
    assert [span.is_new for span in spans] == [False, True][: len(spans)]


@pytest.mark.parametrize("since", [None, JUNE])
def test_a_first_sync_lists_from_where_history_begins(since):
    (span,) = spans_to_list(None, since=since, until=NOW, rerun_window=timedelta(days=30))

    assert (span.since, span.until) == (since, NOW)


def test_known_history_begins_where_the_furthest_sync_began():
    syncs = pl.DataFrame(
        {
            "is_complete": [True, True, False],
            "window_start_at": [JULY, RECENT, None],
            "known_until_at": [RECENT, NOW, NOW],
        }
    )

    assert history_known(syncs, until=NOW) == Known(since=JULY, until=NOW)
    assert history_known(syncs.clear(), until=None) is None
    assert history_known(syncs.with_columns(is_complete=True), until=NOW) == Known(since=None, until=NOW)


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
