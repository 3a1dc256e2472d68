from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipeline_etl.contracts.tables import (
    TABLES,
    ExtractionProblems,
    Jobs,
    LedgerEntries,
    PageValidators,
    Repositories,
    Steps,
    Syncs,
    table_name,
)
from pipeline_etl.errors import ContractDrift, CorruptPartition, LakeBusy
from pipeline_etl.storage import Lake, Partition
from pipeline_etl.storage.lake import CLAIMS

NOW = datetime(2026, 8, 21, 3, 0, tzinfo=UTC)


def test_a_written_batch_is_read_back_and_lies_where_it_belongs(
    lake: Lake, rows: Callable, partition: Partition
) -> None:
    jobs, steps = rows(Jobs, 3), rows(Steps, 5)

    written = lake.write_batch({Jobs: jobs, Steps: steps}, partition=partition, extracted_at=NOW)

    assert written.row_counts == {Jobs: 3, Steps: 5}
    assert lake.scan(Jobs).collect().equals(jobs)
    assert {file.location.parent.relative_to(lake.root).as_posix() for file in written.files} == {
        "jobs/provider=github/repository=7/month=2026-08",
        "steps/provider=github/repository=7/month=2026-08",
    }


def test_no_rows_make_no_file(lake: Lake, partition: Partition) -> None:
    written = lake.write_batch({Jobs: Jobs.create_empty()}, partition=partition, extracted_at=NOW)

    assert (written.files, written.row_counts) == ((), {})


def test_a_table_nothing_was_stored_of_is_empty_and_typed(lake: Lake) -> None:
    for table in TABLES:
        assert lake.scan(table).collect().equals(table.create_empty())
        assert lake.current(table).collect().equals(table.create_empty())


def test_rejected_rows_are_counted_and_told_beside_the_problems_given(
    lake: Lake, rows: Callable, partition: Partition
) -> None:
    broken = rows(Steps, 2).with_columns(step_name=pl.Series([None, "test"]))

    written = lake.write_batch(
        {Steps: broken, ExtractionProblems: rows(ExtractionProblems)}, partition=partition, extracted_at=NOW
    )

    assert written.rejected_count == 1
    assert written.row_counts == {Steps: 1, ExtractionProblems: 2}
    assert lake.scan(ExtractionProblems).collect().height == 2


def test_nothing_of_a_batch_is_written_when_one_frame_does_not_fit(
    lake: Lake, rows: Callable, partition: Partition
) -> None:
    with pytest.raises(ContractDrift, match="steps"):
        lake.write_batch({Jobs: rows(Jobs), Steps: pl.DataFrame({"x": [1]})}, partition=partition, extracted_at=NOW)

    assert lake.files(Jobs) == []


def test_claims_are_written_after_what_they_claim(lake: Lake, rows: Callable, partition: Partition) -> None:
    order = (Syncs, PageValidators, LedgerEntries, Jobs)

    written = lake.write_batch({table: rows(table) for table in order}, partition=partition, extracted_at=NOW)

    assert [file.path.split("/")[0] for file in written.files] == ["jobs", *map(table_name, CLAIMS)]


def test_the_latest_look_stands_whenever_it_was_written(lake: Lake, rows: Callable, write: Callable) -> None:
    later = rows(Jobs, job_id=1, job_name="new", extracted_at=NOW + timedelta(days=1))
    for frame in (later, rows(Jobs, job_id=1, job_name="old"), rows(Jobs, job_id=2, job_name="other")):
        write({Jobs: frame})

    assert sorted(lake.current(Jobs).collect()["job_name"]) == ["new", "other"]
    assert lake.scan(Jobs).collect().height == 3


def test_one_repository_is_read_without_the_others(lake: Lake, rows: Callable) -> None:
    for repository_id in (7, 77):
        lake.write_batch(
            {Repositories: rows(Repositories, repository_id=repository_id)},
            partition=Partition("github", repository_id, date(2026, 8, 1)),
            extracted_at=NOW,
        )

    assert lake.scan(Repositories, provider="github", repository_id=7).collect()["repository_id"].to_list() == [7]
    assert len(lake.files(Repositories, repository_id=77)) == 1
    assert len(lake.files(Repositories, provider="github")) == 2


def test_an_older_file_without_a_column_and_a_newer_one_with_more_are_both_read(
    lake: Lake, rows: Callable, write: Callable
) -> None:
    for change in (lambda frame: frame.drop("job_url"), lambda frame: frame.with_columns(colour=pl.lit("red"))):
        write({Jobs: rows(Jobs, job_id=len(lake.files(Jobs)), job_url="https://example.org")})
        location = lake.files(Jobs)[-1].location
        change(pl.read_parquet(location, hive_partitioning=False)).write_parquet(location)

    assert lake.scan(Jobs).collect().sort("job_id")["job_url"].to_list() == [None, "https://example.org"]


def test_a_file_cut_short_is_named_before_anything_is_read(lake: Lake, rows: Callable, write: Callable) -> None:
    write({Jobs: rows(Jobs)})
    location = lake.files(Jobs)[0].location
    location.write_bytes(location.read_bytes()[:-10])

    with pytest.raises(CorruptPartition, match=location.name):
        lake.scan(Jobs)


def test_a_file_damaged_inside_is_named_when_it_is_read(lake: Lake, rows: Callable, write: Callable) -> None:
    write({Jobs: rows(Jobs, 50)})
    write({Jobs: rows(Jobs, 1)})
    location = lake.files(Jobs)[0].location
    content = location.read_bytes()
    location.write_bytes(content[:4] + b"\0" * 500 + content[504:])

    with pytest.raises(CorruptPartition, match=location.name), lake.naming_corrupt_files(Jobs):
        lake.scan(Jobs).collect()


def test_an_error_that_no_file_explains_is_left_as_it_is(lake: Lake, rows: Callable, write: Callable) -> None:
    write({Jobs: rows(Jobs)})

    with pytest.raises(pl.exceptions.ColumnNotFoundError), lake.naming_corrupt_files(Jobs):
        lake.scan(Jobs).select("colour").collect()


def test_the_only_writer_clears_what_a_killed_one_left(lake: Lake, rows: Callable, write: Callable) -> None:
    write({Jobs: rows(Jobs)})
    leftover = lake.root / ".partial" / "half.parquet"
    leftover.write_bytes(b"PAR1")

    with lake.lock("sync"):
        assert not leftover.exists()
        with pytest.raises(LakeBusy, match="for sync"), Lake(lake.root).lock("another"):
            pass


def test_a_folder_with_the_characters_of_a_pattern_is_a_folder(
    tmp_path: Path, rows: Callable, partition: Partition
) -> None:
    lake = Lake(tmp_path / "la[k]e *?")

    lake.write_batch({Jobs: rows(Jobs)}, partition=partition, extracted_at=NOW)

    assert lake.current(Jobs).collect().height == 1
