"""Every foreign clock becomes aware UTC, and nothing else becomes a time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_etl.parsing.timestamps import instant

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-01T12:00:00Z",
        "2026-05-01T12:00:00.0000000Z",
        "2026-05-01T12:00:00",
        "2026-05-01 12:00:00",
        "2026-05-01T12:00",
        "2026-05-01T14:00:00+02:00",
        "2026-05-01T21:00:00.000+0900",
        "2026-05-01T00:00:00-12",
        "2026-05-01 12:00:00 UTC",
        "  2026-05-01T12:00:00Z\n",
        "1777636800",
        "1777636800.0",
        "1777636800000",
        "1777636800000000",
        "1777636800000000000",
        "Fri 01 May 2026 12:00:00 PM UTC",
        "Fri May  1 12:00:00 UTC 2026",
        "Fri, 01 May 2026 12:00:00 GMT",
        "Fri, 01 May 2026 14:00:00 +0200",
    ],
)
def test_all_these_are_noon(text: str) -> None:
    assert instant(text) == NOON


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "yesterday",
        "2026-02-31T00:00:00Z",
        "2026-05-01T25:00:00Z",
        "2026-05-01",
        "9999-12-31T23:59:59-12:00",
        "0",
        "20260501",
        "12:00:00",
        "Fri 01 May 2026 13:00:00 PM UTC",
        "Fri 01 Foo 2026 12:00:00 UTC",
        "1" * 5000,
        "٢٠٢٦-05-01T12:00:00Z x",
    ],
)
def test_what_is_no_time_is_unknown(text: str | None) -> None:
    assert instant(text) is None


def test_midnight_and_noon_are_told_apart_in_twelve_hours() -> None:
    assert instant("Sun 11 May 2025 12:00:01 AM UTC") == datetime(2025, 5, 11, 0, 0, 1, tzinfo=UTC)


def test_fractions_are_cut_to_microseconds() -> None:
    assert instant("2026-05-01T12:00:00.1234567Z") == NOON.replace(microsecond=123456)
    assert instant("2026-05-01T12:00:00,5") == NOON.replace(microsecond=500000)


zones = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1973, 4, 1), datetime(5000, 1, 1), timezones=zones))  # noqa: DTZ001 - the strategy adds zones
def test_iso_with_any_offset_comes_back_as_the_same_instant(moment: datetime) -> None:
    assert instant(moment.isoformat()) == moment
    assert instant(moment.isoformat()).tzinfo is UTC


@given(st.integers(10**8, 10**10 - 1), st.sampled_from([1_000, 1_000_000, 1_000_000_000]))
def test_seconds_and_their_fractions_since_1970_are_told_apart(seconds: int, per_second: int) -> None:
    assert instant(str(seconds * per_second)) == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


@given(st.text(max_size=80))
def test_any_text_is_a_time_or_unknown(text: str) -> None:
    found = instant(text)

    assert found is None or found.utcoffset() == timedelta(0)
