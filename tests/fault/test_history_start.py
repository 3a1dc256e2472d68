"""Where history begins: an earlier beginning adds what lies between, any other changes nothing."""

from datetime import timedelta

import pytest

from pipeline_etl.contracts.tables import Artifacts, LedgerEntries
from tests.fake_ci.scenario import Story, a_run, passed
from tests.fake_ci.server import FakeCI
from tests.fault.nights import Nights, a_report


@pytest.fixture
def nights(tmp_path):
    """A run every ten days for four months, each with an artifact."""
    with FakeCI(Story()) as ci:
        story, now = ci.story, ci.story.time.now()
        for days in range(120, 0, -10):
            run = story.happens(a_run().with_attempt(passed()), at=now - timedelta(days=days))
            artifact = story.artifacts[story.has_artifact(run, "report", a_report())][0]
            artifact["created_at"] = f"{now - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
        yield Nights(ci, tmp_path)


def ago(nights, days):
    return nights.story.time.now() - timedelta(days=days, hours=1)


def known(nights):
    """Runs stored, and artifacts read."""
    read = nights.stored(LedgerEntries).filter(item_kind="artifact")
    return len(nights.attempts()), len(read)


def test_a_first_sync_reads_the_history_from_where_it_begins(nights):
    nights.sync(since=ago(nights, 50))

    assert known(nights) == (5, 5)
    assert nights.stored(Artifacts).height == 12


def test_an_unchanged_or_later_beginning_changes_nothing(nights):
    begin = ago(nights, 50)
    nights.sync(since=begin)
    nights.ci.calls.clear()

    for since in (begin, ago(nights, 20)):
        assert nights.sync(since=since).row_counts.keys() <= {"syncs", "page_validators"}

    assert known(nights) == (5, 5)
    assert (nights.ci.calls["jobs"], nights.ci.calls["artifact"]) == (0, 0)


def test_a_short_history_does_not_grow_by_the_look_for_re_runs(nights):
    begin = ago(nights, 10)
    for _ in range(3):
        nights.sync(since=begin)
        nights.a_day_later()

    assert known(nights) == (1, 1)


@pytest.mark.parametrize("days", [70, 100, None])
def test_an_earlier_beginning_adds_what_lies_between_and_asks_for_nothing_stored(nights, days):
    nights.sync(since=ago(nights, 50))
    nights.ci.calls.clear()
    earlier = None if days is None else ago(nights, days)

    nights.sync(since=earlier)
    nights.sync(since=ago(nights, 50))

    runs = 12 if days is None else days // 10
    assert known(nights) == (runs, runs)
    assert (nights.ci.calls["jobs"], nights.ci.calls["artifact"]) == (runs - 5, runs - 5)
