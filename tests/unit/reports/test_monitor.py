"""The jobs measured last, and which came near a limit."""

from datetime import UTC, datetime

import duckdb
import pytest
from rich.console import Console

from pipeline_etl.errors import UnknownName
from pipeline_etl.reports.monitor import MONITOR_READS, NO_SAMPLES, latest_resources, limits_near, monitor_view
from tests.declared_marts import declared_marts, marts_ddl


@pytest.fixture
def marts():
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(marts_ddl())
        connection.execute("insert into marts.dim_repositories (repository_name) values ('acme/shop'), ('acme/quiet')")
        yield connection


def add_job(marts, job_id, *, memory=1e9, total=8e9, cpu=0.4, repository="acme/shop", name="build"):
    marts.execute(
        "insert into marts.fct_job_resources (provider, repository_id, repository_name, job_id, workflow_name, job_name,"
        " memory_bytes_max, memory_total_bytes, cpu_ratio_p95, sample_count) values ('github', 1, ?, ?, 'CI', ?, ?, ?, ?, 9)",
        [repository, job_id, name, memory, total, cpu],
    )
    marts.execute(
        "insert into marts.fct_jobs (provider, repository_id, job_id, completed_at, execution_seconds)"
        " values ('github', 1, ?, ?, 61)",
        [job_id, datetime(2026, 1, job_id, tzinfo=UTC)],
    )


def told(marts, **options) -> str:
    console = Console(width=100)
    with console.capture() as captured:
        console.print(monitor_view(latest_resources(marts, row_count=20, **options)))
    return captured.get()


def test_the_newest_comes_first(marts):
    add_job(marts, 1, name="older")
    add_job(marts, 2, name="newer")

    assert [row["job_name"] for row in latest_resources(marts, row_count=20)] == ["newer", "older"]
    assert [row["job_name"] for row in latest_resources(marts, row_count=1)] == ["newer"]


def test_one_repository_may_be_chosen(marts):
    add_job(marts, 1, name="ours")
    add_job(marts, 2, name="theirs", repository="acme/quiet")

    assert [row["job_name"] for row in latest_resources(marts, row_count=20, repository_name="shop")] == ["ours"]
    with pytest.raises(UnknownName, match="acme/quiet"):
        latest_resources(marts, row_count=20, repository_name="acme/quite")


@pytest.mark.parametrize(
    ("memory", "total", "cpu", "near"),
    [
        (1e9, 8e9, 0.4, []),
        (7.2e9, 8e9, 0.4, ["memory"]),
        (7.1e9, 64e9, 0.4, ["memory"]),
        (1e9, 8e9, 0.95, ["CPU"]),
        (7.2e9, None, 0.95, ["memory", "CPU"]),
        (None, None, None, []),
    ],
)
def test_a_limit_is_near_from_nine_tenths_on_or_at_seven_gigabytes(memory, total, cpu, near):
    assert limits_near({"memory_bytes_max": memory, "memory_total_bytes": total, "cpu_ratio_p95": cpu}) == near


def test_jobs_near_a_limit_are_named(marts):
    add_job(marts, 1, name="calm")
    add_job(marts, 2, name="greedy", memory=7.9e9)

    assert "Near a limit: greedy (memory)." in told(marts)


def test_nothing_measured_is_said_with_what_to_do(marts):
    assert " ".join(told(marts).split()) == NO_SAMPLES


def test_a_hostile_name_is_text(marts):
    add_job(marts, 1, name="[red]x[/] \x1b[31m", memory=7.9e9)

    assert "[red]x[/]" in told(marts)
    assert "\x1b" not in told(marts)


def test_what_is_read_is_declared():
    declared = declared_marts()

    assert [
        (mart, column) for mart, columns in MONITOR_READS.items() for column in columns if column not in declared[mart]
    ] == []
