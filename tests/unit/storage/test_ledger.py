from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_etl.contracts.tables import LedgerEntries, PageValidators, Syncs
from pipeline_etl.contracts.vocabulary import FINAL_STATES, ItemState, words
from pipeline_etl.storage import Lake, Ledger, Partition, StoredValidator

NOW = datetime(2026, 8, 21, 3, 0, tzinfo=UTC)


def ledger(lake: Lake) -> Ledger:
    return Ledger.read(lake, provider="github", repository_id=7)


def test_a_repository_never_synced_has_an_empty_ledger(lake: Lake) -> None:
    empty = ledger(lake)

    assert empty.known_until(by=NOW) is None
    assert empty.accounted_until(by=NOW) is None
    assert empty.open.is_empty()
    assert empty.met("job_log", ["1"]) == empty.settled("job_log", ["1"]) == frozenset()
    assert empty.validators == {}


def test_the_latest_look_at_an_item_is_its_state(lake: Lake, rows: Callable, write: Callable) -> None:
    for days, state in ((1, "stored"), (0, "not_yet")):
        extracted_at = NOW + timedelta(days=days)
        write(
            {
                LedgerEntries: rows(
                    LedgerEntries, item_kind="job_log", item_id="1", state=state, extracted_at=extracted_at
                )
            }
        )

    assert ledger(lake).settled("job_log", ["1"]) == {"1"}
    assert ledger(lake).open.is_empty()


def test_a_thing_that_was_settled_and_is_owed_again_is_open(lake: Lake, rows: Callable, write: Callable) -> None:
    for minutes, state in enumerate(("not_yet", "stored", "error")):
        extracted_at = NOW + timedelta(minutes=minutes)
        entry = {"item_kind": "artifact", "item_id": "1", "state": state, "extracted_at": extracted_at}
        write({LedgerEntries: rows(LedgerEntries, **entry)})

    read = ledger(lake)

    assert read.open.select("item_kind", "item_id", "state").rows() == [("artifact", "1", "error")]
    assert read.settled("artifact", ["1"]) == frozenset()
    assert read.met("artifact", ["1"]) == {"1"}


def test_of_looks_at_one_moment_a_final_state_stands_so_that_nothing_stored_is_owed_again(
    lake: Lake, rows: Callable, write: Callable
) -> None:
    for state in ("stored", "not_yet", "error"):
        write({LedgerEntries: rows(LedgerEntries, item_kind="artifact", item_id="1", state=state)})

    assert ledger(lake).settled("artifact", ["1"]) == {"1"}


def test_items_are_asked_for_by_kind_and_id_or_run(lake: Lake, rows: Callable, write: Callable) -> None:
    entries = rows(
        LedgerEntries,
        4,
        item_kind=["job_log", "job_log", "job_log", "artifact"],
        item_id=["1", "2", "3", "1"],
        state=["stored", "gone", "error", "stored"],
        run_id=[5, 6, 5, 5],
    )
    write({LedgerEntries: entries})
    read = ledger(lake)

    assert read.met("job_log", ["1", "3", "4"]) == {"1", "3"}
    assert read.settled("job_log", ["1", "2", "3", "4"]) == {"1", "2"}
    assert read.settled("artifact", ["1", "2"]) == {"1"}
    assert read.settled_of_runs("job_log", {5}) == {"1"}
    assert read.settled_of_runs("job_log", set()) == frozenset()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(words(ItemState)), st.integers(1, 4), st.integers(0, 5)), max_size=12))
def test_however_often_things_were_looked_at_the_latest_look_says_whether_one_is_owed(
    looks: list[tuple[str, int, int]],
) -> None:
    entries: list[dict[str, Any]] = [
        {"item_kind": "artifact", "item_id": str(item), "state": state, "extracted_at": NOW + timedelta(days=day)}
        for state, item, day in looks
    ]
    with TemporaryDirectory() as folder:
        lake = Lake(Path(folder))
        for entry in entries:
            lake.write_batch(
                {LedgerEntries: pl.DataFrame([entry])},
                partition=Partition("github", 7, date(2026, 1 + entry["extracted_at"].day % 2, 1)),
                extracted_at=entry["extracted_at"],
            )
        read = ledger(lake)

        expected = {}
        for entry in sorted(entries, key=lambda each: (each["extracted_at"], each["state"] in FINAL_STATES)):
            expected[entry["item_id"]] = entry["state"] in FINAL_STATES
        assert set(read.open["item_id"]) == {item for item, is_final in expected.items() if not is_final}
        assert read.settled("artifact", list("1234")) == {item for item, is_final in expected.items() if is_final}


def test_what_was_stored_up_to_the_last_complete_sync_but_one_has_its_word_in_the_ledger(
    lake: Lake, rows: Callable, write: Callable
) -> None:
    def accounted(*, by: datetime = NOW + timedelta(days=9)) -> datetime | None:
        return ledger(lake).accounted_until(by=by)

    for day, is_complete in enumerate((True, True, False, True)):
        moment = NOW + timedelta(days=day)
        write(
            {Syncs: rows(Syncs, known_until_at=moment, extracted_at=moment, is_complete=is_complete, sync_id=str(day))}
        )

    assert accounted() == NOW + timedelta(days=1)
    assert accounted(by=NOW + timedelta(days=2)) == NOW
    assert accounted(by=NOW) is None


def test_known_until_is_where_the_last_complete_sync_ended(lake: Lake, rows: Callable, write: Callable) -> None:
    syncs = rows(
        Syncs,
        3,
        known_until_at=[NOW, NOW - timedelta(days=1), NOW + timedelta(days=1)],
        extracted_at=[NOW, NOW + timedelta(minutes=1), NOW + timedelta(minutes=2)],
        is_complete=[True, True, False],
    )
    write({Syncs: syncs})

    assert ledger(lake).known_until(by=NOW) == NOW - timedelta(days=1)
    assert ledger(lake).syncs["extracted_at"].is_sorted()


def test_a_sync_that_claims_to_know_the_future_is_not_believed(lake: Lake, rows: Callable, write: Callable) -> None:
    syncs = rows(
        Syncs,
        2,
        known_until_at=[NOW, NOW + timedelta(days=365)],
        extracted_at=[NOW, NOW + timedelta(minutes=1)],
        is_complete=True,
    )
    write({Syncs: syncs})

    assert ledger(lake).known_until(by=NOW + timedelta(days=1)) == NOW


def test_the_latest_validator_of_a_page_is_the_one_to_send(lake: Lake, rows: Callable, write: Callable) -> None:
    for days, etag in ((1, "new"), (0, "old")):
        extracted_at = NOW + timedelta(days=days)
        write(
            {
                PageValidators: rows(
                    PageValidators, request_url="/a", etag=etag, next_url=None, extracted_at=extracted_at
                )
            }
        )

    assert ledger(lake).validators == {"/a": StoredValidator(etag="new", next_url=None)}


def test_validators_of_pages_that_nobody_asks_for_any_more_are_not_read(
    lake: Lake, rows: Callable, write: Callable
) -> None:
    for day in range(0, 200, 20):
        moment = NOW + timedelta(days=day)
        validator = rows(PageValidators, request_url=f"/{day}", etag="a", next_url=None, extracted_at=moment)
        sync = rows(Syncs, known_until_at=moment, extracted_at=moment, is_complete=True, sync_id=str(day))
        write({PageValidators: validator, Syncs: sync})

    read = Ledger.read(lake, provider="github", repository_id=7, page_life=timedelta(days=50))

    assert sorted(read.validators) == ["/140", "/160", "/180"]
    assert len(ledger(lake).validators) == 10
