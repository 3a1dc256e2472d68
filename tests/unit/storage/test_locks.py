from pathlib import Path

import pytest

from pipeline_etl.errors import LakeBusy
from pipeline_etl.storage.locks import exclusive


def hold(path: Path) -> None:
    with exclusive(path, purpose="a second", busy=LakeBusy):
        pass


def test_a_lock_is_let_go_when_its_holder_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), exclusive(tmp_path / "lock", purpose="a test", busy=LakeBusy):
        _ = 1 / 0

    hold(tmp_path / "lock")


def test_a_lock_is_not_re_entrant(tmp_path: Path) -> None:
    with exclusive(tmp_path / "lock", purpose="a test", busy=LakeBusy), pytest.raises(LakeBusy):
        hold(tmp_path / "lock")
