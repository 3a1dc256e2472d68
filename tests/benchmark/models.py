"""The dbt models on a year of ten million test results, the night after it, and a night on a month for comparison."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from tests.benchmark.figure import Figure
from tests.benchmark.year import Year, add_days

PROJECT = Path(__file__).parents[2]

# Starts dbt, and says what it took and the most memory it held at a time.
MEASURED: Final = """
import json, resource, subprocess, sys, time
begun = time.perf_counter()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, time.perf_counter() - begun, used.ru_maxrss * 1024, done.stdout[-2000:]]))
"""

FLAKINESS: Final = "int_test_tries_collapsed+,+fct_test_flakiness"
"""From results to the score: every model between the stored results and the mart that reads them."""

BEFORE_FLAKINESS: Final = "+fct_test_flakiness"
"""These and what they need; the runs and jobs of a repository are no part of judging its tests."""


@dataclass(frozen=True)
class Built:
    """What a build took."""

    seconds: float
    peak_bytes: float


def build(warehouse: Path, *arguments: str) -> Built:
    """Build models, with their data tests, as the nightly job does."""
    dbt = Path(sys.executable).with_name("dbt")
    target = warehouse.with_suffix(".dbt")
    command = [
        *(sys.executable, "-c", MEASURED, dbt, "--quiet", "build", "--exclude-resource-type", "unit_test"),
        *("--project-dir", PROJECT / "dbt", "--profiles-dir", PROJECT / "dbt", "--target-path", target, *arguments),
    ]
    environment = {**os.environ, "PIPELINE_ETL_WAREHOUSE": str(warehouse), "DBT_LOG_PATH": str(target)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    returncode, seconds, peak, said = json.loads(done.stdout)
    if returncode != 0:
        raise SystemExit(f"dbt could not build the made-up year: {said}")
    return Built(seconds=seconds, peak_bytes=peak)


def history(warehouse: Path, year: Year, *, days: int) -> int:
    """A warehouse whose first load brings so many days; how many test results they have."""
    with duckdb.connect(warehouse) as connection:
        connection.execute("create schema raw")
        return add_days(connection, year, first=0, last=days, load_number=1)


def next_night(warehouse: Path, year: Year, *, day: int) -> Built:
    """The build after a load of one day more."""
    with duckdb.connect(warehouse) as connection:
        add_days(connection, year, first=day, last=day + 1, load_number=2)
    return build(warehouse)


def figures() -> Iterable[Figure]:
    """Ten million results in 364 days, and the same repository after 35."""
    year = Year(runs_per_day=13, test_count=1_000)
    with tempfile.TemporaryDirectory() as folder:
        whole, month = Path(folder) / "year.duckdb", Path(folder) / "month.duckdb"
        yield Figure("test results in the year", history(whole, year, days=364) / 1e6, "million")
        built = build(whole)
        yield Figure("all models and data tests, year, from nothing", built.seconds, "s", 120)
        yield Figure("  peak memory", built.peak_bytes / 1e9, "GB", 6)
        night = next_night(whole, year, day=364)
        yield Figure("the next night", night.seconds, "s", 20)
        yield Figure("  peak memory", night.peak_bytes / 1e9, "GB")
        history(month, year, days=35)
        build(month)
        short = next_night(month, year, day=35)
        yield Figure("  a night after a month of history", short.seconds, "s")
        yield Figure("  a night after a year, by that", night.seconds / short.seconds, "x")
    yield from large_figures()


def large_figures() -> Iterable[Figure]:
    """A hundred million results; of their models, those from the results to the score, from nothing."""
    if os.environ.get("LARGE") != "1":
        return
    year = Year(runs_per_day=19, test_count=5_000)
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Path(folder) / "large.duckdb"
        count = 0
        with duckdb.connect(warehouse) as connection:
            connection.execute("create schema raw")
            for first in range(0, 364, 52):
                load_number = first // 52 + 1
                count += add_days(connection, year, first=first, last=first + 52, load_number=load_number)
        yield Figure("test results of the large year", count / 1e6, "million")
        build(warehouse, "--select", BEFORE_FLAKINESS, "--exclude", FLAKINESS, "resource_type:test")
        built = build(warehouse, "--select", FLAKINESS, "--exclude", "resource_type:test")
        yield Figure("  flakiness of all of it, from the stored results", built.seconds, "s", 60)
        yield Figure("  peak memory", built.peak_bytes / 1e9, "GB", 12)
