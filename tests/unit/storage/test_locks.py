import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_etl.errors import LakeBusy
from pipeline_etl.storage.locks import exclusive

HOLD = """
import sys
from pathlib import Path
from pipeline_etl.errors import LakeBusy
from pipeline_etl.storage.locks import exclusive
with exclusive(Path(sys.argv[1]), purpose="a test", busy=LakeBusy):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(path: Path) -> None:
    with exclusive(path, purpose="a second", busy=LakeBusy):
        pass


def test_a_second_holder_is_told_who_the_first_is_until_that_one_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LakeBusy, match=f"process {holder.pid} for a test"):
            hold(path)
        holder.send_signal(signal.SIGKILL)

    hold(path)


def test_a_lock_is_let_go_when_its_holder_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), exclusive(tmp_path / "lock", purpose="a test", busy=LakeBusy):
        _ = 1 / 0

    hold(tmp_path / "lock")


def test_a_lock_is_not_re_entrant(tmp_path: Path) -> None:
    with exclusive(tmp_path / "lock", purpose="a test", busy=LakeBusy), pytest.raises(LakeBusy):
        hold(tmp_path / "lock")
