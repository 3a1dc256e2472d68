from pathlib import Path

import pytest

from pipeline_etl.errors import SettingsError
from pipeline_etl.settings import Settings, make_data_root


def test_the_data_folder_is_made_with_all_above_it_and_nothing_is_left_in_it(tmp_path: Path) -> None:
    make_data_root(Settings(data_root=tmp_path / "a" / "b"))

    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_file_where_the_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(SettingsError, match="no folder that can be written to"):
        make_data_root(Settings(data_root=tmp_path / "file"))
