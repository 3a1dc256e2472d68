"""Two programs at one folder: each sees a whole state, or is told who is in its way."""

import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipeline_etl.contracts.tables import RunAttempts
from pipeline_etl.errors import LakeBusy, WarehouseBusy
from pipeline_etl.storage import Lake, Partition, Warehouse
from pipeline_etl.storage.locks import exclusive

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 8, 21, 3, 0, tzinfo=UTC)

COUNT_TWICE = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
for _ in range(2):
    print(*connection.execute("SELECT count(*) FROM raw.run_attempts").fetchone(), flush=True)
    sys.stdin.readline()
"""
WRITE = "import sys, duckdb; duckdb.connect(sys.argv[1]).execute('CREATE TABLE made AS FROM raw.run_attempts')"
STAY_OPEN = "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
HOLD = """
import sys
from pathlib import Path
from pipeline_etl.errors import LakeBusy
from pipeline_etl.storage.locks import exclusive
with exclusive(Path(sys.argv[1]), purpose="a test", busy=LakeBusy):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def add_run(lake: Lake, run_id: int) -> None:
    row = RunAttempts.sample(overrides={"run_id": [run_id]}).with_columns(repository_id=pl.lit(7, pl.Int64))
    lake.write_batch(
        {RunAttempts: row},
        partition=Partition("github", 7, date(2026, 8, 1)),
        extracted_at=NOW + timedelta(minutes=run_id),
    )


def publish(warehouse: Warehouse, lake: Lake) -> None:
    with warehouse.building(loaded_at=NOW) as build:
        build.load(RunAttempts, lake)
        build.publish()


def started(script: str, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def test_a_reader_in_another_process_keeps_what_it_sees_and_the_next_one_sees_the_new(
    warehouse: Warehouse, lake: Lake
) -> None:
    add_run(lake, 1)
    publish(warehouse, lake)
    with started(COUNT_TWICE, warehouse.path) as reader:
        assert reader.stdout.readline() == "1\n"
        add_run(lake, 2)
        publish(warehouse, lake)
        reader.stdin.write("\n")
        reader.stdin.flush()

        assert reader.stdout.readline() == "1\n"
        reader.stdin.close()

    assert reader.returncode == 0
    with warehouse.read() as connection:
        assert connection.execute("SELECT count(*) FROM raw.run_attempts").fetchone() == (2,)


def test_another_tool_may_write_to_the_build_between_two_calls(warehouse: Warehouse, lake: Lake) -> None:
    add_run(lake, 1)

    with warehouse.building() as build:
        build.load(RunAttempts, lake)
        subprocess.run([sys.executable, "-c", WRITE, build.path], check=True)
        build.publish()

    with warehouse.read() as connection:
        assert connection.execute("SELECT count(*) FROM made").fetchone() == (1,)


def test_a_reader_is_told_when_another_program_writes_to_the_published_file(warehouse: Warehouse, lake: Lake) -> None:
    publish(warehouse, lake)
    with started(STAY_OPEN, warehouse.path) as writer:
        assert writer.stdout.readline() == "open\n"
        with pytest.raises(WarehouseBusy, match="open for writing in another program"):
            warehouse.read()
        writer.stdin.close()


def test_no_build_begins_while_what_a_killed_one_had_started_still_writes(warehouse: Warehouse, lake: Lake) -> None:
    publish(warehouse, lake)
    with warehouse.building():
        pass
    with started(STAY_OPEN, warehouse.build_path) as orphan:
        assert orphan.stdout.readline() == "open\n"
        with pytest.raises(WarehouseBusy, match="what a killed run had started"):
            publish(warehouse, lake)
        orphan.stdin.close()

    publish(warehouse, lake)


def test_a_second_holder_is_told_who_the_first_is_until_that_one_is_killed(tmp_path: Path) -> None:
    def hold() -> None:
        with exclusive(path, purpose="a second", busy=LakeBusy):
            pass

    path = tmp_path / "new folder" / "lock"
    with started(HOLD, path) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LakeBusy, match=f"process {holder.pid} for a test since 20"):
            hold()
        holder.send_signal(signal.SIGKILL)

    hold()
