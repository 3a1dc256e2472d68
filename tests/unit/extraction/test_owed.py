from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline_etl.contracts.tables import Artifacts
from pipeline_etl.extraction.owed import LOG_LIFE, NEVER, Owed, log_life, soonest_first
from pipeline_etl.extraction.plan import AttemptKey
from tests.unit.extraction.scripted import rows

NOW = datetime(2026, 8, 21, tzinfo=UTC)
DAY = timedelta(days=1)


def attempt(run_id, expires_at):
    return Owed(subject=AttemptKey(run_id, 1), expires_at=expires_at)


def artifact(artifact_id, expires_at):
    return Owed(subject={"artifact_id": artifact_id}, expires_at=expires_at)


def test_logs_and_artifacts_that_expire_soonest_are_fetched_first_whatever_their_kind():
    unlisted = attempt(1, None)
    in_order = [
        unlisted,
        artifact(2, NOW + DAY),
        attempt(3, NOW + 2 * DAY),
        artifact(4, NOW + 3 * DAY),
        attempt(5, NOW + 4 * DAY),
        artifact(6, NEVER),
        attempt(7, NOW - DAY),
        artifact(8, NOW - 2 * DAY),
        attempt(9, NOW - 400 * DAY),
    ]

    assert soonest_first(in_order[::-1], now=NOW) == in_order


@given(st.lists(st.integers(min_value=-500, max_value=500)))
def test_whatever_is_owed_stays_owed_and_what_can_still_be_had_goes_before_what_may_be_gone(days):
    owed = [attempt(number, NOW + day * DAY) for number, day in enumerate(days)]

    ordered = soonest_first(owed, now=NOW)

    assert sorted(thing.subject for thing in ordered) == [thing.subject for thing in owed]
    is_past = [thing.expires_at <= NOW for thing in ordered]
    assert is_past == sorted(is_past)


def test_logs_are_kept_for_as_long_as_the_longest_kept_artifact():
    def kept(*days):
        given_rows = [
            {"artifact_id": number, "created_at": NOW, "expires_at": None if day is None else NOW + day * DAY}
            for number, day in enumerate(days)
        ]
        return rows(Artifacts, *given_rows)

    assert log_life(kept(7, 30, None)) == 30 * DAY
    assert log_life(kept(None)) == LOG_LIFE
    assert log_life(pl.DataFrame(schema=kept(None).schema)) == LOG_LIFE
