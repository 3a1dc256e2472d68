import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipeline_etl.contracts.tables import Jobs, LedgerEntries, LogLines, RunAttempts, Syncs
from pipeline_etl.errors import LakeBusy, RateLimited, Unreachable
from pipeline_etl.extraction import RepositorySync, SyncOptions, sync_repositories, sync_repository
from pipeline_etl.providers import Budget
from pipeline_etl.storage import Lake, Partition
from tests.unit.extraction.scripted import REPOSITORY, START, ScriptedProvider, run_row

SECONDS = itertools.count()


def clock() -> datetime:
    return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=next(SECONDS))


def sync(provider: ScriptedProvider, lake: Lake) -> RepositorySync:
    return sync_repository(
        provider, lake, "a/b", clock=clock, options=SyncOptions(concurrent_requests=1), on_progress=lambda _: None
    )


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def states(lake: Lake) -> dict[str, str]:
    rows = lake.current(LedgerEntries).filter(pl.col("item_kind") == "run_attempt").collect()
    return dict(rows.select("item_id", "state").rows())


def results(lake: Lake) -> list[tuple[int, int, str | None]]:
    rows = lake.current(RunAttempts).select("run_id", "run_attempt", "result").collect()
    return sorted(rows.rows())


def test_a_run_in_progress_gets_its_result_by_a_later_sync_however_much_later(lake):
    """No window is listed that holds it any more; the ledger still owes it."""
    old = START - timedelta(days=400)
    provider = ScriptedProvider(runs=[run_row(5, created_at=old, status="in_progress")])
    sync(provider, lake)
    assert (states(lake), results(lake)) == ({"5/1": "not_yet"}, [(5, 1, None)])

    provider.runs = [run_row(5, created_at=old)]
    sync(provider, lake)

    assert (states(lake), results(lake)) == ({"5/1": "stored"}, [(5, 1, "success")])


def test_a_re_run_is_a_row_of_its_own_and_the_first_attempt_stays(lake):
    provider = ScriptedProvider(runs=[run_row(5)])
    sync(provider, lake)
    provider.runs, provider.etag = [run_row(5, attempt=3)], '"two"'

    sync(provider, lake)

    assert [(run, attempt) for run, attempt, _ in results(lake)] == [(5, 1), (5, 2), (5, 3)]
    assert provider.asked.count("run 5/1") == 0


def test_a_rate_limit_in_the_middle_keeps_what_was_read_and_the_next_sync_reads_only_the_rest(lake):
    provider = ScriptedProvider(
        runs=[run_row(number, created_at=START + timedelta(minutes=number)) for number in (1, 2, 3)],
        failures={"jobs 2": [RateLimited("used up", retry_at=None)]},
    )

    first = sync(provider, lake)

    assert (first.status, type(first.error)) == ("incomplete", RateLimited)
    assert lake.current(Syncs).collect().is_empty()
    provider.asked.clear()

    second = sync(provider, lake)

    assert second.status == "complete"
    assert [question for question in provider.asked if question.startswith("jobs")] == ["jobs 2", "jobs 3"]
    assert lake.current(Jobs).collect().height == 3


def test_one_run_that_cannot_be_read_is_named_and_tried_again_and_the_others_are_stored(lake):
    provider = ScriptedProvider(runs=[run_row(1), run_row(2)], failures={"jobs 1": [Unreachable("502")]})

    first = sync(provider, lake)

    assert (first.status, first.problem_count) == ("complete", 1)
    assert states(lake) == {"1/1": "error", "2/1": "stored"}

    sync(provider, lake)

    assert states(lake) == {"1/1": "stored", "2/1": "stored"}


def test_a_workflow_file_that_could_not_be_read_is_asked_for_again(lake):
    provider = ScriptedProvider(runs=[run_row(1)], failures={"file sha1": [Unreachable("502")]})

    sync(provider, lake)
    sync(provider, lake)
    sync(provider, lake)

    assert provider.asked.count("file sha1") == 2


def test_an_empty_answer_deletes_nothing(lake):
    provider = ScriptedProvider(runs=[run_row(1)])
    sync(provider, lake)
    provider.runs, provider.etag = [], '"two"'

    assert sync(provider, lake).status == "complete"
    assert results(lake) == [(1, 1, "success")]


def test_one_repository_that_fails_does_not_stop_the_next(lake):
    good = ScriptedProvider(runs=[run_row(1)])
    bad = ScriptedProvider(failures={"repository x/y": [Unreachable("no route")]})
    providers = {"x/y": bad, "a/b": good}

    syncs = sync_repositories(
        providers.__getitem__, lake, ["x/y", "a/b"], clock=clock, options=SyncOptions(), on_progress=lambda _: None
    )

    assert [(each.repository_name, each.status) for each in syncs] == [("x/y", "failed"), ("a/b", "complete")]


@pytest.mark.parametrize(("days", "kept"), [(None, 1), (365, 1), (30, 0)])
def test_lines_of_logs_are_kept_as_long_as_one_wants_counted_from_the_end_of_the_sync(lake, days, kept):
    line = {"job_id": 1, "line_number": 1, "run_id": 1, "run_attempt": 1, "line_text": "old"}
    lines = pl.DataFrame([line], schema={name: LogLines.create_empty().schema[name] for name in line})
    month = Partition("github", REPOSITORY.repository_id, (START - timedelta(days=90)).date().replace(day=1))
    lake.write_batch({LogLines: lines}, partition=month, extracted_at=clock())
    options = SyncOptions(log_retention=days and timedelta(days=days))

    result = sync_repository(ScriptedProvider(), lake, "a/b", clock=clock, options=options, on_progress=lambda _: None)

    assert result.status == "complete"
    assert lake.scan(LogLines).collect().height == kept


def test_two_syncs_at_once_are_one_too_many(lake):
    with lake.lock("extraction"), pytest.raises(LakeBusy):
        sync_repositories(
            lambda _: ScriptedProvider(), lake, ["a/b"], clock=clock, options=SyncOptions(), on_progress=lambda _: None
        )


def test_how_much_and_how_long_may_still_be_asked_is_stored_with_the_sync(lake):
    resets_at, token_expires_at = START + timedelta(hours=1), START + timedelta(days=30)
    provider = ScriptedProvider(
        runs=[run_row(5)],
        budget=Budget(limit_count=5_000, remaining_count=4_321, resets_at=resets_at),
        token_expires_at=token_expires_at,
    )
    sync(provider, lake)

    told = lake.current(Syncs).collect().row(0, named=True)
    assert (told["budget_count"], told["budget_left_count"], told["budget_resets_at"]) == (5_000, 4_321, resets_at)
    assert told["token_expires_at"] == token_expires_at


def test_what_a_service_does_not_say_of_its_limits_is_null(lake):
    sync(ScriptedProvider(runs=[run_row(5)]), lake)

    told = lake.current(Syncs).collect().row(0, named=True)
    assert {value for name, value in told.items() if name.startswith(("budget_", "token_"))} == {None}
