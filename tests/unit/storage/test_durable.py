from pathlib import Path

import pytest

from pipeline_etl.storage import durable


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
