from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipeline_etl.contracts.tables import Jobs, RunAttempts
from pipeline_etl.errors import CorruptPartition, SettingsError
from pipeline_etl.storage.layout import (
    Batch,
    LakeFile,
    Partition,
    check_whole,
    listing,
    new_file_name,
    promised_digest,
    read_at,
    root_path,
)


def test_a_partition_is_table_provider_repository_and_month() -> None:
    directory = Partition("github", 15, date(2026, 3, 31)).directory(RunAttempts)

    assert directory.as_posix() == "run_attempts/provider=github/repository=15/month=2026-03"


def test_file_names_sort_by_the_time_of_reading_and_promise_their_content() -> None:
    early, late = (datetime(2026, 1, day, tzinfo=UTC) for day in (9, 10))
    names = [new_file_name("f" * 16, extracted_at=early), new_file_name("0" * 16, extracted_at=late)]

    assert max(names) == names[-1] == "20260110T000000000000Z-0000000000000000.parquet"
    assert [promised_digest(name) for name in names] == ["f" * 16, "0" * 16]
    assert [read_at(name) for name in names] == [early, late]
    assert (promised_digest("mine.parquet"), read_at("mine.parquet")) == (None, None)


@pytest.mark.parametrize("root", ["/srv/ci data", "file:///srv/ci%20data", Path("/srv/ci data")])
def test_a_path_and_a_file_url_name_the_same_lake(root: str | Path) -> None:
    assert root_path(root) == Path("/srv/ci data")


def test_a_relative_root_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    assert root_path("data/lake") == tmp_path / "data" / "lake"


@pytest.mark.parametrize("root", ["s3://bucket/lake", "gs://bucket", "file://server/share"])
def test_a_store_that_is_not_a_local_disk_is_refused_by_name(root: str) -> None:
    with pytest.raises(SettingsError, match=root):
        root_path(root)


def test_a_file_as_it_was_written_is_one_batch_and_a_compacted_one_holds_several() -> None:
    batches = (Batch(path="a", row_count=1), Batch(path="b", row_count=2))

    assert LakeFile(root=Path("/"), path="c").batch_paths == ("c",)
    assert LakeFile(root=Path("/"), path="c", merged=batches).batch_paths == ("a", "b")


@pytest.mark.parametrize("content", [b"", b"PAR", b"PAR1 cut short", b"<html>not found</html>PAR1"])
def test_a_file_cut_short_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.parquet").write_bytes(content)

    with pytest.raises(CorruptPartition, match=r"x\.parquet"):
        check_whole([LakeFile(root=tmp_path, path="x.parquet")])


def test_a_compacted_file_that_does_not_say_what_it_replaces_is_named(tmp_path: Path) -> None:
    directory = tmp_path / Partition("github", 1, date(2026, 1, 1)).directory(Jobs)
    directory.mkdir(parents=True)
    (directory / "x.merged.parquet").write_bytes(b"PAR1PAR1")

    with pytest.raises(CorruptPartition, match=r"x\.merged\.parquet"):
        listing(tmp_path, Jobs)
