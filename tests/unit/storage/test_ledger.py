from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pipeline_etl.contracts.tables import LedgerEntries, PageValidators, Syncs
from pipeline_etl.contracts.vocabulary import FINAL_STATES
from pipeline_etl.storage import Lake, Ledger, StoredValidator

NOW = datetime(2026, 8, 21, 3, 0, tzinfo=UTC)


def ledger(lake: Lake) -> Ledger:
    return Ledger.read(lake, provider="github", repository_id=7)


def test_a_repository_never_synced_has_an_empty_ledger(lake: Lake) -> None:
    empty = ledger(lake)

    assert empty.known_until(by=NOW) is None
    assert empty.state("job_log", "1") is None
    assert empty.items("job_log") == frozenset()
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

    assert ledger(lake).state("job_log", "1") == "stored"
    assert ledger(lake).entries.height == 1


def test_of_looks_at_one_moment_a_final_state_stands_so_that_nothing_stored_is_owed_again(
    lake: Lake, rows: Callable, write: Callable
) -> None:
    for state in ("stored", "not_yet", "error"):
        write({LedgerEntries: rows(LedgerEntries, item_kind="artifact", item_id="1", state=state)})

    assert ledger(lake).state("artifact", "1") == "stored"


def test_items_are_asked_for_by_kind_and_state(lake: Lake, rows: Callable, write: Callable) -> None:
    entries = rows(
        LedgerEntries,
        4,
        item_kind=["job_log", "job_log", "job_log", "artifact"],
        item_id=["1", "2", "3", "1"],
        state=["stored", "gone", "error", "stored"],
    )
    write({LedgerEntries: entries})
    read = ledger(lake)

    assert read.items("job_log") == {"1", "2", "3"}
    assert read.items("job_log", *FINAL_STATES) == {"1", "2"}
    assert read.items("job_log", "error") == {"3"}


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
