from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_etl.providers import rate_limit
from pipeline_etl.providers.rate_limit import Gate

NOW = datetime(2026, 8, 21, 3, 0, tzinfo=UTC)
NOW_EPOCH = int(NOW.timestamp())

NONSENSE = st.one_of(
    st.text(alphabet=st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=30),
    st.integers(min_value=-(10**30), max_value=10**30).map(str),
    st.floats().map(str),
    st.datetimes().map(str),
)
HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "date"]), NONSENSE
)


@given(headers=HEADERS, refusal_count=st.integers(min_value=1, max_value=4))
def test_whatever_the_headers_say_the_wait_is_neither_negative_nor_longer_than_two_hours(headers, refusal_count):
    moment = rate_limit.retry_at(headers, now=NOW, refusal_count=refusal_count)

    assert NOW <= moment <= NOW + rate_limit.LONGEST_BELIEVED + rate_limit.RESET_MARGIN


@given(headers=HEADERS)
def test_a_reset_that_is_nonsense_closes_no_gate(headers):
    moment = rate_limit.reset_at(headers, now=NOW)

    assert moment is None or NOW <= moment <= NOW + rate_limit.LONGEST_BELIEVED + rate_limit.RESET_MARGIN


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30),
        ({"retry-after": "Fri, 21 Aug 2026 03:00:45 GMT"}, 45),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW_EPOCH + 600)}, 601),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW_EPOCH - 5)}, 1),
        # Budget left: the refusal is of the secondary limit, to which the reset of the primary one says nothing.
        ({"x-ratelimit-remaining": "7", "x-ratelimit-reset": str(NOW_EPOCH + 600)}, 60),
        ({}, 60),
        ({"retry-after": "soon"}, 60),
        ({"retry-after": "-1"}, 60),
    ],
)
def test_the_wait_is_what_the_service_says_and_a_minute_when_it_says_nothing(headers, seconds):
    assert rate_limit.retry_at(httpx.Headers(headers), now=NOW) == NOW + timedelta(seconds=seconds)


def test_a_wait_that_is_not_stated_doubles_with_every_refusal():
    waits = [rate_limit.retry_at({}, now=NOW, refusal_count=count) - NOW for count in (1, 2, 3)]

    assert waits == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]


def test_a_reset_counts_from_the_clock_of_the_service_and_not_from_ours():
    service_is_ahead = {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(NOW_EPOCH + 3600 + 10),
        "date": "Fri, 21 Aug 2026 04:00:00 GMT",
    }

    assert rate_limit.reset_at(httpx.Headers(service_is_ahead), now=NOW) == NOW + timedelta(seconds=11)


@pytest.mark.parametrize(
    ("status", "headers", "said", "expected"),
    [
        (429, {}, "", True),
        (403, {"x-ratelimit-remaining": "0"}, "", True),
        (403, {"Retry-After": "60"}, "", True),
        (403, {}, "You have exceeded a secondary rate limit. Please wait a few minutes", True),
        (403, {"x-ratelimit-remaining": "4999"}, "Resource not accessible by integration", False),
        (404, {"x-ratelimit-remaining": "0"}, "", False),
    ],
)
def test_being_asked_to_wait_is_told_from_being_refused(status, headers, said, expected):
    assert rate_limit.is_refusal(status, httpx.Headers(headers), said=said) is expected


class Time:
    def __init__(self):
        self.moment = NOW
        self.slept = []

    def now(self):
        return self.moment

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)


def test_a_gate_holds_back_until_the_latest_moment_it_was_closed_for():
    time = Time()
    gate = Gate(now=time.now, sleep=time.sleep, longest_wait=timedelta(minutes=2))
    gate.close(NOW + timedelta(seconds=90))
    gate.close(NOW + timedelta(seconds=30))

    assert gate.pass_through() is None
    assert time.slept == [90]
    assert gate.pass_through() is None
    assert time.slept == [90]


def test_a_gate_that_opens_too_late_is_not_waited_for():
    time = Time()
    gate = Gate(now=time.now, sleep=time.sleep, longest_wait=timedelta(minutes=2))
    gate.close(NOW + timedelta(hours=1))

    assert gate.pass_through() == NOW + timedelta(hours=1)
    assert time.slept == []
