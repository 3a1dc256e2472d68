import errno
from pathlib import Path

import duckdb
import pytest

from pipeline_etl.errors import DiskFull
from pipeline_etl.storage import durable
from pipeline_etl.storage.durable import disk_full


def test_every_new_directory_has_its_name_synced_in_the_one_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(durable, "sync_directory", synced.append)

    for _ in range(2):
        durable.make_directory(tmp_path / "a" / "b")

    assert (tmp_path / "a" / "b").is_dir()
    assert synced == [tmp_path, tmp_path / "a"]


def test_syncing_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    for sync in (durable.sync_file, durable.sync_directory):
        with pytest.raises(FileNotFoundError):
            sync(tmp_path / "nothing")


def test_a_full_disk_is_found_behind_the_errors_it_led_to() -> None:
    led_to = RuntimeError("the build failed")
    led_to.__cause__ = duckdb.IOException('Could not write file "/data/w.duckdb.wal": No space left on device')

    found = disk_full(led_to, writing="/data")

    assert isinstance(found, DiskFull)
    assert "/data/w.duckdb.wal" in str(found)
    assert disk_full(OSError(errno.EACCES, "Permission denied"), writing="/data") is None
    assert disk_full(ValueError("no"), writing="/data") is None
