"""Children that work on a data folder of a test, and what they left behind."""

import os
import subprocess
import sys
from pathlib import Path

import polars as pl

from pipeline_etl.contracts.tables import TABLES, LedgerEntries, PageValidators, Syncs, table_name
from pipeline_etl.storage import Lake, Warehouse
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
        start_new_session=True,
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


OF_ITS_OWN_NIGHT = {"load_number", "occurred_at", "budget_left_count", "budget_resets_at"}
"""Columns of marts that say when a row came or what was left of a budget then."""


def marts(warehouse: Warehouse) -> dict[str, list[tuple]]:
    """Every row of every mart, in an order of its own, without what differs from night to night."""
    with warehouse.read() as connection:
        columns: dict[str, list[str]] = {}
        for table, column in connection.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'marts' order by all"
        ).fetchall():
            if column not in OF_ITS_OWN_NIGHT:
                columns.setdefault(table, []).append(f'"{column}"')
        return {
            table: connection.execute(f"select {', '.join(names)} from marts.{table} order by all").fetchall()
            for table, names in columns.items()
        }
