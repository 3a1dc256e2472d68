"""Days that were judged night by night equal those that are judged at once, whatever came late, vanished or grew old."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from tests.simulated.regressions import MODELS, OF_ONE_WORKFLOW

PROJECT = Path(__file__).parents[2]
FIRST_NIGHT = datetime(2026, 5, 20, 4, tzinfo=UTC)
NIGHTS = (FIRST_NIGHT, FIRST_NIGHT + timedelta(days=1), FIRST_NIGHT + timedelta(days=33))
SERIES = ("steady", "slower", "late", "vanishes")


def runs() -> list[dict]:
    """Seven runs of every series on each of 260 days; from a day on, one of them takes a third longer."""
    draw = np.random.default_rng(20_261_126)
    rows = []
    for series in SERIES:
        for day in range(260):
            level = 130 if series == "slower" and day >= 215 else 100
            for run in range(7):
                rows.append(
                    {
                        "series_id": series,
                        "run_id": 100 * day + run,
                        "created_at": FIRST_NIGHT - timedelta(days=226 - day, hours=6),
                        "is_default_branch": bool(draw.random() < 0.4),
                        "comparable_seconds": round(float(level * draw.lognormal(0, 0.05)), 1),
                        # What came late is as slow as can be: days that stay as they were judged without it are wrong.
                        "is_late": series == "late" and 195 <= day < 205 and run < 3,
                    }
                )
                rows[-1]["comparable_seconds"] *= 3 if rows[-1]["is_late"] else 1
    return rows


def known(rows: list[dict], night: int) -> pl.DataFrame:
    """What fct_comparable_durations holds on a night: its last 236 days, without what came later or is followed no more."""
    return pl.DataFrame(
        [
            row
            for row in rows
            if NIGHTS[night] - timedelta(days=236) < row["created_at"] < NIGHTS[night]
            and (night > 0 or not row["is_late"])
            and (night == 0 or row["series_id"] != "vanishes")
        ]
    ).drop("is_late")


def build(warehouse: Path, rows: pl.DataFrame, night: int, *arguments: str) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.register("runs", rows.to_arrow())
        connection.execute(
            "set TimeZone = 'UTC'; create schema if not exists intermediate; create schema if not exists marts"
        )
        connection.execute(
            "create or replace table intermediate.int_repositories_as_of as "
            f"select 'github' as provider, 1::bigint as repository_id, timestamptz '{NIGHTS[night].isoformat()}' as as_of_at"
        )
        connection.execute(
            f"""
            create or replace table marts.fct_comparable_durations as
            select
                {OF_ONE_WORKFLOW}, 'workflow' as series_kind, series_id, series_id as series_name, run_id,
                'sha' || run_id as head_sha, is_default_branch, 'run' || run_id as run_url, created_at, comparable_seconds
            from runs
            """
        )
    target = warehouse.with_suffix(".dbt")
    command = f"--quiet run --target-path {target} --project-dir dbt --profiles-dir dbt --select".split()
    done = subprocess.run(
        [Path(sys.executable).with_name("dbt"), *command, *MODELS, *arguments],
        cwd=PROJECT,
        env={**os.environ, "PIPELINE_ETL_WAREHOUSE": str(warehouse), "DBT_LOG_PATH": str(target)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3_000:]


def found(warehouse: Path) -> dict[str, list[tuple]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return {name: connection.execute(f"from marts.{name} order by all").fetchall() for name in MODELS}


def test_days_judged_night_by_night_equal_days_judged_at_once(tmp_path):
    rows, grown = runs(), tmp_path / "warehouse.duckdb"
    judged = []
    for night in range(len(NIGHTS)):
        build(grown, known(rows, night), night)
        judged.append({row[:7] for row in found(grown)["fct_duration_evaluations"]})
    actual = found(grown)

    build(grown, known(rows, len(NIGHTS) - 1), len(NIGHTS) - 1, "--full-refresh")
    expected = found(grown)

    assert judged[1] & judged[0], "most days of the first night stand"
    assert {row[3] for row in judged[0] - judged[1]} == set(SERIES), "some are judged again, or are too old"
    told = {(row[7], row[9]) for row in expected["fct_duration_regressions"]}
    assert told == {("slower", "slower"), ("late", "slower")}, "what came late tells of a change, too"
    for name in MODELS:
        assert actual[name] == expected[name], name
