"""A large ledger, of a repository with a thousand runs a day: what is owed of it, and looking up what a night asks for."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from pipeline_etl.contracts.tables import LedgerEntries
from pipeline_etl.storage import Lake, Ledger
from pipeline_etl.storage.conform import stored_schema
from pipeline_etl.storage.layout import new_file_name
from tests.benchmark.figure import Figure

PROJECT: Final = Path(__file__).parents[2]
ENTRIES_OF_A_MONTH: Final = 250_000
FIRST_MONTH: Final = datetime(2025, 8, 15, tzinfo=UTC)
ASKED: Final = range(0, 200_000, 1_000)


def figures() -> Iterable[Figure]:
    """A month of entries and a year of them, one in two thousand still owed."""
    for history, months in (("month", 1), ("year", 12)):
        with tempfile.TemporaryDirectory() as name:
            lake = Lake(Path(name))
            for month in range(months):
                write_month(lake, month)
            command = [sys.executable, "-m", "tests.benchmark.ledger", name]
            done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
        measured = json.loads(done.stdout)
        entries = months * ENTRIES_OF_A_MONTH / 1e6
        yield Figure(f"ledger of a {history}, {entries:g} million entries: read, and asked for 200", measured[0], "s")
        yield Figure("  memory for it", measured[1], "MB")


def write_month(lake: Lake, month: int) -> None:
    moment = FIRST_MONTH + month * timedelta(days=30)
    number = pl.int_range(month * ENTRIES_OF_A_MONTH, (month + 1) * ENTRIES_OF_A_MONTH)
    rows = pl.select(
        provider=pl.lit("github"),
        repository_id=pl.lit(7),
        extracted_at=pl.lit(moment),
        item_kind=pl.when(number % 8 < 6).then(pl.lit("job_log")).otherwise(pl.lit("artifact")),
        item_id=(10_000_000_000 + number).cast(pl.String),
        state=pl.when(number % 2_000 == 1).then(pl.lit("error")).otherwise(pl.lit("stored")),
        run_id=number // 8,
        run_attempt=pl.lit(1),
        job_id=10_000_000_000 + number,
        expires_at=pl.lit(None),
        reason=pl.lit(None),
    )
    lake.write_file(
        rows.lazy().cast(stored_schema(LedgerEntries)),
        f"ledger_entries/provider=github/repository=7/month={moment:%Y-%m}",
        name=partial(new_file_name, extracted_at=moment),
    )


def peak_megabytes() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1e3 for line in status.splitlines() if line.startswith("VmHWM"))


def main(root: str) -> None:
    before, begun = peak_megabytes(), time.perf_counter()
    ledger = Ledger.read(Lake(Path(root)), provider="github", repository_id=7)
    settled = ledger.settled("job_log", [str(10_000_000_000 + number) for number in ASKED])
    assert len(settled) == len(ASKED), "one of a thousand asked for is a job's log that is stored"
    sys.stdout.write(json.dumps([time.perf_counter() - begun, peak_megabytes() - before]))


if __name__ == "__main__":
    main(sys.argv[1])
