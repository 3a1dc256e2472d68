"""The whole job on the bundled sample, run once for all tests as a person runs it."""

import fcntl
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    data_root: Path
    stdout: str
    stderr: str

    @property
    def warehouse(self) -> Path:
        return self.data_root / "warehouse.duckdb"


def run_command(*arguments: str, data_root: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, with an environment that holds nothing but what it needs."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    home = data_root.parent / "home"
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "pipeline_etl", *arguments],
        cwd=PROJECT,
        env={**kept, "HOME": str(home), "PIPELINE_ETL_DATA": str(data_root), **variables},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """``generate-pipeline-report`` from nothing; workers of one test run share it."""
    own = tmp_path_factory.getbasetemp()
    # Above the folder of a worker is that of the run; above the run's would be what another run left behind.
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "sample_run"
    shared.mkdir(exist_ok=True)
    data_root = shared / "data"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "stdout").exists():
            done = run_command("generate-pipeline-report", data_root=data_root)
            assert done.returncode == 0, done.stderr[-4_000:]
            (shared / "stderr").write_text(done.stderr)
            (shared / "stdout").write_text(done.stdout)
    return Ran(data_root=data_root, stdout=(shared / "stdout").read_text(), stderr=(shared / "stderr").read_text())


@pytest.fixture(scope="session")
def sample_warehouse(sample_run: Ran) -> Path:
    """The published warehouse of the sample. Tests read it and never write to it."""
    return sample_run.warehouse
