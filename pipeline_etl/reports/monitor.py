"""The jobs whose resources were measured last, as a table for a terminal that refreshes."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Final

import duckdb
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline_etl.errors import ReportError
from pipeline_etl.reports.narrowing import known_name
from pipeline_etl.reports.section import Row, Rows
from pipeline_etl.wording import byte_size, duration, instant, percent, plural, printable

MONITOR_READS: Final[Mapping[str, Sequence[str]]] = {
    "dim_repositories": ("repository_name",),
    "fct_job_resources": (
        "provider",
        "repository_id",
        "repository_name",
        "job_id",
        "workflow_name",
        "job_name",
        "cpu_count",
        "cpu_ratio_p95",
        "memory_bytes_max",
        "memory_total_bytes",
        "disk_used_bytes_max",
        "network_received_bytes",
        "network_sent_bytes",
        "sample_count",
        "covered_ratio",
    ),
    "fct_jobs": ("provider", "repository_id", "job_id", "completed_at", "execution_seconds", "job_url"),
}
"""Mart → columns the monitor reads."""

MEMORY_LIMIT_BYTES: Final = 7_000_000_000
"""What the alert on memory begins at, whatever the machine has."""

NEAR: Final = 0.9
"""Share of the machine's memory or processors from which a job is near its limit."""

NO_SAMPLES: Final = (
    "No job has been measured: nothing is known of CPU and memory. Record them in the job, as JSON lines of samples in "
    "a file telemetry.jsonl, upload it as an artifact, and they are here after the next `make nightly`."
)


def latest_resources(
    connection: duckdb.DuckDBPyConnection, *, row_count: int, repository_name: str | None = None
) -> Rows:
    """The jobs measured last, newest first.

    Raises:
        ReportError: A mart or column is missing.
        UnknownName: There is no repository of this name.
    """
    query = files("pipeline_etl.reports").joinpath("resource_monitor.sql").read_text(encoding="utf-8")
    try:
        if repository_name is not None:
            names = connection.execute(
                "select distinct repository_name from marts.dim_repositories order by 1"
            ).fetchall()
            repository_name = known_name("repository", repository_name, [name for (name,) in names])
        cursor = connection.execute(query, {"repository_name": repository_name, "row_count": row_count})
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise ReportError(f"the marts do not hold what the resource monitor reads: {error}") from error
    columns = [column[0] for column in cursor.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def limits_near(row: Row) -> list[str]:
    """Which limits of its machine a job came near to."""
    memory, total, cpu = row["memory_bytes_max"], row["memory_total_bytes"], row["cpu_ratio_p95"]
    near = []
    if memory is not None and (memory > MEMORY_LIMIT_BYTES or (total and memory >= NEAR * total)):
        near.append("memory")
    if cpu is not None and cpu >= NEAR:
        near.append("CPU")
    return near


def monitor_view(rows: Rows) -> RenderableType:
    """What the terminal shows of them."""
    if not rows:
        return Text(NO_SAMPLES)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("Ended", "Job"):
        table.add_column(title, overflow="ellipsis", no_wrap=True, ratio=1 if title == "Job" else None)
    for title in ("Ran", "CPU", "Memory", "Disk", "In", "Out"):
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        near = limits_near(row)
        table.add_row(
            instant(row["completed_at"]).removesuffix(" UTC"),
            Text(printable(f"{row['workflow_name']} / {row['job_name']}")),
            duration(row["execution_seconds"]),
            Text(percent(row["cpu_ratio_p95"]), style="bold red" if "CPU" in near else ""),
            Text(byte_size(row["memory_bytes_max"]), style="bold red" if "memory" in near else ""),
            *(byte_size(row[name]) for name in ("disk_used_bytes_max", "network_received_bytes", "network_sent_bytes")),
        )
    return Group(table, Text(), _verdict(rows))


def _verdict(rows: Rows) -> Text:
    near = [row for row in rows if limits_near(row)]
    if not near:
        return Text(
            f"None of the last {plural(len(rows), 'measured job')} came near a limit: 90 % of memory or of all CPUs "
            f"(95th percentile), or {byte_size(MEMORY_LIMIT_BYTES)} of memory."
        )
    named = "; ".join(f"{printable(row['job_name'])} ({' and '.join(limits_near(row))})" for row in near[:3])
    more = f" and {plural(len(near) - 3, 'more job')}" if len(near) > 3 else ""
    return Text(f"Near a limit: {named}{more}.", style="bold")
