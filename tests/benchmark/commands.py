"""The whole job and the unit tests, each in a process of its own."""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.benchmark.figure import Figure, seconds_of

PROJECT = Path(__file__).parents[2]


def figures() -> Iterable[Figure]:
    """From nothing and again; then the unit tests."""
    yield from command_figures()
    yield from suite_figures()


def command_figures() -> Iterable[Figure]:
    """The whole job in a process of its own: from nothing, and again."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "PIPELINE_ETL_DATA": f"{folder}/data"}

        def job() -> None:
            command = [sys.executable, "-m", "pipeline_etl", "generate-pipeline-report"]
            subprocess.run(command, cwd=PROJECT, env=environment, check=True, capture_output=True)

        yield Figure("sample, nothing there to report", seconds_of(job), "s", 90)
        yield Figure("sample, again with nothing new", seconds_of(job), "s", 30)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        yield Figure("peak memory of any of its processes", peak / 1e6, "MB", 1_000)
        warehouse = Path(folder) / "data" / "warehouse.duckdb"
        lake = sum(path.stat().st_size for path in (Path(folder) / "data" / "lake").rglob("*.parquet"))
        yield Figure("lake on disk", lake / 1e6, "MB")
        yield Figure("warehouse on disk", warehouse.stat().st_size / 1e6, "MB")


def suite_figures() -> Iterable[Figure]:
    """The unit tests, as `make check` runs them."""

    def unit() -> None:
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "tests/unit"]
        subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)

    yield Figure("unit tests", seconds_of(unit), "s", 15)
