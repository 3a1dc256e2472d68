from datetime import timedelta

import pytest

from pipeline_etl.errors import UnexpectedPayload
from pipeline_etl.extraction.listing import Lister, Listing
from pipeline_etl.providers import Validator
from tests.unit.extraction.scripted import REPOSITORY, START, ScriptedProvider, run_row, run_rows

MONTH = timedelta(days=30)
NOW = START + timedelta(days=10)


def lister(provider: ScriptedProvider, validators: dict[str, Validator] | None = None) -> Lister:
    return Lister(provider=provider, repository=REPOSITORY, validators=validators or {}, tell=lambda *_: None)


def runs_listed(listing: Listing) -> list[int]:
    return sorted(listing.rows["run_id"].to_list())


def test_2500_runs_of_one_day_are_all_listed_though_a_list_ends_at_1000_and_its_count_lies():
    listing = lister(ScriptedProvider(runs=[run_rows(2_500, seconds_apart=30)])).runs(
        since=None, until=NOW, revisited=MONTH
    )

    assert runs_listed(listing) == list(range(2_500))


def test_1000_runs_in_one_second_are_an_error_that_names_the_second():
    runs = [run_rows(1_000, seconds_apart=0)]

    with pytest.raises(UnexpectedPayload, match="2026-08-01T00:00:00Z"):
        lister(ScriptedProvider(runs=runs)).runs(since=None, until=NOW, revisited=MONTH)


def test_a_run_listed_twice_is_one_run_at_its_latest_attempt():
    runs = [run_row(5, attempt=1), run_row(5, attempt=2)]

    listing = lister(ScriptedProvider(runs=runs)).runs(since=None, until=NOW, revisited=MONTH)

    assert listing.rows.select("run_id", "run_attempt").rows() == [(5, 2)]


def test_a_list_that_has_not_changed_gives_no_rows_and_keeps_its_validator():
    provider = ScriptedProvider(runs=[run_row(5)])
    first = lister(provider).runs(since=None, until=NOW, revisited=MONTH)

    second = lister(provider, dict(first.validators)).runs(since=NOW - MONTH, until=NOW, revisited=MONTH)

    assert runs_listed(second) == []
    assert second.validators.items() <= first.validators.items()


def test_runs_from_before_the_start_are_left_out_of_the_window_that_holds_it():
    runs = [run_row(1, created_at=START - timedelta(hours=1)), run_row(2)]

    listing = lister(ScriptedProvider(runs=runs)).runs(since=START, until=NOW, revisited=MONTH)

    assert runs_listed(listing) == [2]


def test_the_list_of_artifacts_ends_at_the_first_page_without_a_new_one_once_all_before_are_known():
    provider = ScriptedProvider(artifact_pages_given=[[9, 8], [7, 6], [5, 4]])

    listing = lister(provider).artifacts(known=frozenset({"7", "6", "5", "4"}).intersection)

    assert listing.rows["artifact_id"].to_list() == [9, 8, 7, 6]
    assert provider.asked == ["artifacts 0", "artifacts 1"]


def test_before_the_first_complete_sync_every_page_of_artifacts_is_read():
    provider = ScriptedProvider(artifact_pages_given=[[9, 8], [7, 6], [5, 4]])

    assert lister(provider).artifacts(known=None).rows.height == 6
