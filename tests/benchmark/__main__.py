"""``make benchmark``: what the product takes on the bundled sample, printed with the machine's load.

Every figure stands beside the one it must reach. Parsers stand beside a floor measured in the same run on the same
bytes, because absolute speeds on a shared machine say little.
"""

import io
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from rich.console import Console
from rich.table import Table

from pipeline_etl.parsing.job_log import parse_job_log
from pipeline_etl.parsing.test_report import parse_test_report

PROJECT = Path(__file__).parents[2]
ARCHIVE = PROJECT / "data" / "sample" / "github" / "simonw" / "sqlite-utils"


@dataclass(frozen=True)
class Figure:
    """One measured number, and the one it must reach."""

    what: str
    value: float
    unit: str
    bound: float | None = None
    is_floor: bool = False

    @property
    def verdict(self) -> str:
        if self.bound is None:
            return ""
        reached = self.value >= self.bound if self.is_floor else self.value <= self.bound
        return "reached" if reached else "MISSED"


def seconds_of(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


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


def parser_figures() -> Iterable[Figure]:
    """The parsers of what there is much of, beside a floor on the same bytes."""
    logs = [
        archive.read(name)
        for path in sorted((ARCHIVE / "logs").glob("*.zip"))
        for archive in [zipfile.ZipFile(path)]
        for name in archive.namelist()
        if "/" not in name
    ]
    log_bytes = sum(map(len, logs))
    taken = seconds_of(lambda: [parse_job_log(log, steps=()) for log in logs])
    floor = seconds_of(lambda: [log.decode("utf-8", "replace").splitlines() for log in logs])
    yield Figure("job logs of the sample into columns", log_bytes / taken / 1e6, "MB/s")
    large = b"\n".join(logs) * 4
    taken = seconds_of(lambda: parse_job_log(large, steps=()))
    yield Figure("one large job log into columns", len(large) / taken / 1e6, "MB/s", 80, is_floor=True)
    yield Figure("  floor: decode and split those of the sample", log_bytes / floor / 1e6, "MB/s")

    reports = [
        archive.read(name)
        for path in sorted((ARCHIVE / "artifact_zips").glob("*.zip"))
        for archive in [zipfile.ZipFile(path)]
        for name in archive.namelist()
        if name == "junit.xml"
    ]
    report_bytes = sum(map(len, reports))
    taken = seconds_of(lambda: [parse_test_report(report, repository_id=1) for report in reports])
    floor = seconds_of(lambda: [sum(1 for _ in ET.iterparse(io.BytesIO(report))) for report in reports])
    yield Figure("test reports of the sample into columns", report_bytes / taken / 1e6, "MB/s")
    yield Figure("  as a share of bare ElementTree iterparse", floor / taken, "x", 0.6, is_floor=True)


def main() -> None:
    console = Console()
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    table = Table(
        title=f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, load before {load}"
    )
    for name in ("what", "measured", "to reach", ""):
        table.add_column(name, justify="left" if name in ("what", "") else "right")
    figures = [*command_figures(), *parser_figures(), *suite_figures()]
    for figure in figures:
        bound = "" if figure.bound is None else f"{'≥' if figure.is_floor else '≤'} {figure.bound:g} {figure.unit}"
        table.add_row(figure.what, f"{figure.value:.1f} {figure.unit}", bound, figure.verdict)
    console.print(table)
    console.print(f"load after: {os.getloadavg()[0]:.2f}")
    if any(figure.verdict == "MISSED" for figure in figures):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
