"""What a person waits for who asks for a report: of the sample, and of a warehouse of two million test results."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from pipeline_etl.reports import REPORTS, VIEWS
from tests.benchmark.big_marts import write_big_warehouse
from tests.benchmark.figure import Figure

PROJECT = Path(__file__).parents[2]
STARTING = "import typer, pydantic_settings, rich.console, duckdb"
"""What any command of this kind has to load."""

PAGE_BYTES = 3e6


def figures() -> Iterable[Figure]:
    """First output of the slowest view, the whole page and its size."""
    floor = min(_seconds_of([sys.executable, "-c", STARTING], {}) for _ in range(3))
    yield Figure("floor: loading typer, pydantic, rich and duckdb", floor, "s")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sample").mkdir()
        (Path(folder) / "big").mkdir()
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "PIPELINE_ETL_DATA": f"{folder}/sample"}
        command = [sys.executable, "-m", "pipeline_etl", "generate-pipeline-report"]
        subprocess.run(command, cwd=PROJECT, env=environment, check=True, capture_output=True)
        yield from _of("sample", environment, bound=2)
        write_big_warehouse(Path(folder) / "big" / "warehouse.duckdb")
        yield from _of("5,000 runs", environment | {"PIPELINE_ETL_DATA": f"{folder}/big"}, bound=5)


def _of(name: str, environment: dict[str, str], *, bound: float) -> Iterable[Figure]:
    firsts = {view.name: min(_first_output(view.name, environment) for _ in range(2)) for view in VIEWS}
    slowest = max(firsts, key=firsts.__getitem__)
    yield Figure(f"{name}: first line of the slowest view ({slowest})", firsts[slowest], "s", bound)
    folder = Path(environment["PIPELINE_ETL_DATA"])
    program = (
        "import pathlib, sys; from pipeline_etl.reports import write_report; from pipeline_etl.storage import "
        "read_published; root = pathlib.Path(sys.argv[1]); "
        "write_report(read_published(root / 'warehouse.duckdb'), out_dir=root / 'reports')"
    )
    yield Figure(
        f"{name}: the full report with its {len(REPORTS['generate-pipeline-report'].sections)} sections, written",
        _seconds_of([sys.executable, "-c", program, str(folder)], environment),
        "s",
    )
    page = folder / "reports" / "pipeline-report.html"
    yield Figure(f"{name}: the page", page.stat().st_size / 1e6, "MB", PAGE_BYTES / 1e6)


def _first_output(view: str, environment: dict[str, str]) -> float:
    started = time.perf_counter()
    command = [sys.executable, "-m", "pipeline_etl", view]
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        took = time.perf_counter() - started
        process.stdout.read()
    if process.returncode or not line:
        raise RuntimeError(f"{view} said nothing")
    return took


def _seconds_of(command: list[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=PROJECT, env=environment or None, check=True, capture_output=True)
    return time.perf_counter() - started
