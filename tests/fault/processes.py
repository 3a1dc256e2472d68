"""Children that work on a data folder of a test, and what they left behind."""

import os
import subprocess
import sys
from pathlib import Path

import polars as pl

from pipeline_etl.contracts.tables import TABLES, LedgerEntries, PageValidators, Syncs, table_name
from pipeline_etl.storage import Lake
from tests.fake_ci.server import TOKEN, FakeCI

PROJECT = Path(__file__).parents[2]


def started(ci: FakeCI, data_root: Path, how: str, count: int, *program: str) -> "subprocess.Popen[str]":
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(data_root.parent),
        "PIPELINE_ETL_DATA": str(data_root),
        "REPOSITORIES": ci.story.name,
        "GITHUB_API_URL": ci.url,
        "GITHUB_TOKEN": TOKEN,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.fault.dying", how, str(count), *program],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def content(lake: Lake) -> dict[str, pl.DataFrame]:
    """What stands, without the bookkeeping of when it was read."""
    frames = {}
    for table in set(TABLES) - {Syncs, PageValidators}:
        rows = lake.current(table).drop("extracted_at").collect()
        if table is LedgerEntries:
            # Many attempts share a commit; which of them asks for its workflow file is left to their threads.
            is_shared = pl.col("item_kind") == "workflow_file"
            rows = rows.with_columns(pl.when(~is_shared).then(pl.col("run_id", "run_attempt")))
        frames[table_name(table)] = rows.select(sorted(rows.columns)).sort(table.primary_key())
    return frames
