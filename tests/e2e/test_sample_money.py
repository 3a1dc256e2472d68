"""Minutes, costs and waste of the sample, counted again from the lake's files alone, without a line of the models' SQL.

What a hit of a cache saves, and which cache a lookup belongs to, is taken from the marts: they have tests of their own.
"""

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

PRICES = Path(__file__).parents[2] / "dbt" / "seeds" / "runner_prices.csv"
KINDS = {"ubuntu": "linux", "windows": "windows", "macos": "macos"}
SETUP = ("Set up job", "Initialize containers", "Stop containers", "Complete job", "Post ")


def latest(lake: Path, table: str, *key: str) -> list[dict]:
    """The rows of a table that stand: of one key the look read last."""
    frame = pl.scan_parquet(f"{lake}/{table}/**/*.parquet", hive_partitioning=False)
    return frame.sort("extracted_at").unique(["repository_id", *key], keep="last").collect().to_dicts()


def minute_price(labels: list[str], day: date) -> Decimal:
    (label,) = labels
    with PRICES.open() as file:
        (price,) = (
            row["minute_price_usd"]
            for row in csv.DictReader(file)
            if row["sku_name"] == KINDS[label.split("-")[0]]
            and date.fromisoformat(row["valid_from_date"]) <= day <= date.fromisoformat(row["valid_to_date"])
        )
    return Decimal(price)


@pytest.fixture(scope="module")
def jobs(sample_run) -> list[dict]:
    """Every job that ran in the attempt that lists it, with its minutes."""
    lake = sample_run.data_root / "lake"
    attempts = {
        (row["repository_id"], row["run_id"], row["run_attempt"]): row
        for row in latest(lake, "run_attempts", "run_id", "run_attempt")
    }
    found = []
    for job in latest(lake, "jobs", "job_id"):
        attempt = attempts[job["repository_id"], job["run_id"], job["run_attempt"]]
        if job["started_at"] is None or job["result"] == "skip" or job["started_at"] < attempt["run_started_at"]:
            continue
        seconds = (job["completed_at"] - job["started_at"]).total_seconds()
        minutes = max(1, -(-int(seconds) // 60))
        price = minute_price(job["runner_labels"], job["started_at"].date())
        found.append({**job, "attempt": attempt, "seconds": seconds, "minutes": minutes, "price": price})
    return found


@pytest.fixture(scope="module")
def marts(sample_warehouse: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(sample_warehouse), read_only=True)
    connection.execute("set TimeZone = 'UTC'; use marts")
    return connection


def test_minutes_and_list_costs_are_those_of_the_lake(jobs, marts):
    expected: dict[int, list] = defaultdict(lambda: [0, Decimal(0)])
    for job in jobs:
        expected[job["repository_id"]][0] += job["minutes"]
        expected[job["repository_id"]][1] += job["minutes"] * job["price"]

    rows = marts.execute(
        """
        select repository_id, sum(billed_minute_count), sum(list_cost_usd), sum(billable_cost_usd), sum(unpriced_job_count)
        from rpt_costs where period_kind = 'all_history' group by all
        """
    ).fetchall()
    actual = {repository: [minutes, dollars] for repository, minutes, dollars, _, _ in rows}

    assert actual == expected
    assert {tuple(row[3:]) for row in rows} == {(0, 0)}, "public repositories on standard runners, all of them known"


def setup_seconds(lake: Path) -> dict[int, float]:
    """Job → time in steps that the runner adds; jobs without such steps are not in it."""
    found: dict[int, float] = defaultdict(float)
    for step in latest(lake, "steps", "job_id", "step_number"):
        if step["step_name"].startswith(SETUP) and step["completed_at"] and step["started_at"] <= step["completed_at"]:
            found[step["job_id"]] += (step["completed_at"] - step["started_at"]).total_seconds()
    return found


def missed_savings(marts: duckdb.DuckDBPyConnection) -> dict[int, list[float | None]]:
    """Job → what a hit would have saved, for each of its misses; null where nobody knows."""
    found = defaultdict(list)
    for job_id, saving in marts.execute(
        """
        select job_id, saving_seconds
        from fct_cache_operations
        left join fct_cache_effectiveness as slots
            on fct_cache_operations.cache_slot_id = slots.cache_slot_id and slots.period_kind = 'all_history'
        where cache_outcome = 'miss'
        """
    ).fetchall():
        found[job_id].append(saving)
    return found


def needed_attempt(tries: list[dict], retryable: set[int]) -> int | None:
    """The attempt of a job that its commit needed; null where it never passed, or two jobs bear its name."""
    attempts = [job["run_attempt"] for job in tries]
    if len(set(attempts)) < len(attempts) or all(job["result"] != "success" for job in tries):
        return None
    return min(
        job["run_attempt"]
        for job in tries
        if job["result"] == "success" or (job["result"] == "failure" and job["job_id"] not in retryable)
    )


def whole_cause(job: dict, needed: int | None, retryable: set[int]) -> str | None:
    if needed is not None and job["run_attempt"] > needed:
        return "needless_rerun"
    if job["attempt"]["result"] == "cancellation":
        return "superseded_run"
    return "infrastructure_failure" if job["result"] == "failure" and job["job_id"] in retryable else None


def test_every_lost_second_is_one_the_lake_knows_of(jobs, marts, sample_run):
    lake = sample_run.data_root / "lake"
    setup, misses = setup_seconds(lake), missed_savings(marts)
    logs = {row["job_id"] for row in latest(lake, "job_logs", "job_id")}
    retryable = {row["job_id"] for row in latest(lake, "log_findings", "job_id") if row["is_retryable"]}
    executions = defaultdict(list)
    for job in jobs:
        executions[job["repository_id"], job["run_id"], job["job_name"]].append(job)

    expected: dict[tuple[int, str], float] = defaultdict(float)
    for (repository, _, _), tries in executions.items():
        needed = needed_attempt(tries, retryable)
        for job in tries:
            cause = whole_cause(job, needed, retryable)
            billed, seconds = 60.0 * job["minutes"], job["seconds"]
            if cause:
                expected[repository, cause] += billed
                continue
            is_known = job["job_id"] in logs and None not in misses[job["job_id"]]
            missed = min(sum(max(saving, 0.0) for saving in misses[job["job_id"]]), seconds) if is_known else 0.0
            expected[repository, "rounding"] += billed - seconds
            expected[repository, "cache_miss"] += missed
            expected[repository, "idle_setup"] += min(setup.get(job["job_id"], 0.0), seconds - missed)

    rows = marts.execute(
        """
        select repository_id, waste_cause, sum(wasted_seconds)
        from rpt_waste where period_kind = 'all_history' group by all
        """
    ).fetchall()
    actual = {(repository, cause): seconds for repository, cause, seconds in rows if seconds}

    assert actual == pytest.approx({key: seconds for key, seconds in expected.items() if seconds}, abs=0.001)
    assert len({cause for _, cause in actual}) == 5, (
        "the sample has no failure of the infrastructure, and all the others"
    )


def test_a_job_that_was_flaky_costs_its_run_one_execution_more_than_needed(jobs, marts):
    """sqlite-utils was run again 13 times; only where a job passed at last was one of its executions for nothing."""
    rerun = {(job["repository_id"], job["run_id"]) for job in jobs if job["run_attempt"] > 1}
    passed_at_last = {
        (job["repository_id"], job["run_id"]) for job in jobs if job["run_attempt"] > 1 and job["result"] == "success"
    }

    needless = set(
        marts.execute(
            "select repository_id, run_id from fct_job_waste where lost_to_needless_rerun_seconds > 0"
        ).fetchall()
    )

    assert needless
    assert needless <= passed_at_last < rerun
