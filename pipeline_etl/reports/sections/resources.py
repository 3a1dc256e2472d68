"""What jobs use of their machines."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.section import Column, Repository, Row, Rows, Section
from pipeline_etl.wording import byte_size, count, percent, plural, quoted

PERIODS: Final = {"last_30_days": "last 30 days", "all_history": "all history"}
NEAR_THE_LIMIT: Final = 0.9
"""Share of the memory of a machine from which on a job is near its end."""


def advise(rows: Rows, _: Repository) -> str:
    """Name the job nearest to the end of its memory; without telemetry say how to get some."""
    watched = [row for row in rows if row["watched_job_count"]]
    if not watched:
        return (
            "No job brought telemetry along, so nothing is known of processors, memory, disk and network: let jobs "
            "upload a telemetry.jsonl as an artifact. No data is never healthy."
        )
    jobs, seen = (sum(row[name] for row in rows) for name in ("billed_job_count", "watched_job_count"))
    sentences = [f"{count(seen)} of {plural(jobs, 'job')} brought telemetry along."]
    known = [row for row in watched if row["memory_ratio_max"] is not None]
    if known:
        fullest = max(known, key=lambda row: row["memory_ratio_max"])
        near = fullest["memory_ratio_max"] >= NEAR_THE_LIMIT
        sentences.append(
            f"{quoted(fullest['job_name'])} comes nearest to the end of its memory, at "
            f"{percent(fullest['memory_ratio_max'])}{': give it more before it is killed.' if near else '.'}"
        )
    else:
        sentences.append("What memory their machines have is not in it.")
    return " ".join(sentences)


def draw(rows: Rows) -> list[Chart]:
    """Most memory each job held, as a share of its machine's."""
    lines = [
        Bar(name=row["job_name"], parts={"memory": row["memory_ratio_max"]}, label=_memory(row))
        for row in rows
        if row["memory_ratio_max"] is not None
    ][:12]
    if not lines:
        return []
    return [
        bars(
            lines,
            title="Most memory a job held, by its machine's memory",
            description="; ".join(f"{line.name}: {percent(line.parts['memory'])} ({line.label})" for line in lines),
            series={"memory": "blue"},
            unit="ratio",
            is_share=True,
        )
    ]


def _memory(row: Row) -> str:
    if row["memory_bytes_max"] is None:
        return percent(row["memory_ratio_max"])
    return f"{byte_size(row['memory_bytes_max'])} of {byte_size(row['memory_total_bytes'])}"


SECTION: Final = Section(
    name="resources",
    label="Resources",
    question="What do jobs use of their machines?",
    definition="resources",
    reads={
        "rpt_resource_use": (
            "repository_id",
            "workflow_id",
            "job_config_id",
            "workflow_name",
            "job_name",
            "period_kind",
            "billed_job_count",
            "watched_job_count",
            "covered_ratio_mean",
            "cpu_count",
            "job_cpu_ratio_p50",
            "job_cpu_ratio_p95",
            "cpu_busy_seconds_mean",
            "memory_total_bytes",
            "job_memory_bytes_p50",
            "memory_bytes_max",
            "memory_ratio_max",
            "near_memory_limit_job_count",
            "disk_used_bytes_max",
            "disk_used_ratio_max",
            "network_received_bytes_mean",
            "network_sent_bytes_mean",
        )
    },
    columns=(
        Column(name="workflow_name", title="Workflow", unit="code", is_in_table=False),
        Column(name="job_name", title="Job", unit="code"),
        Column(name="period_kind", title="Period", unit="text", words=PERIODS),
        Column(name="billed_job_count", title="Jobs that ran", unit="count", is_spare=True),
        Column(name="watched_job_count", title="With telemetry", unit="count", is_spare=True),
        Column(name="covered_ratio_mean", title="Of their time", unit="ratio", is_spare=True),
        Column(name="cpu_count", title="Processors", unit="count", is_spare=True),
        Column(name="job_cpu_ratio_p50", title="CPU, median", unit="ratio"),
        Column(name="job_cpu_ratio_p95", title="CPU, one in 20 above", unit="ratio"),
        Column(name="cpu_busy_seconds_mean", title="CPU time, mean", unit="seconds", is_in_table=False),
        Column(name="memory_total_bytes", title="Memory of the machine", unit="bytes", is_in_table=False),
        Column(name="job_memory_bytes_p50", title="Memory, median", unit="bytes", is_spare=True),
        Column(name="memory_bytes_max", title="Memory, most", unit="bytes"),
        Column(name="memory_ratio_max", title="Of the machine's", unit="ratio"),
        Column(name="near_memory_limit_job_count", title="Near the limit", unit="count", is_in_table=False),
        Column(name="disk_used_bytes_max", title="Disk, most", unit="bytes"),
        Column(name="disk_used_ratio_max", title="Of the disk", unit="ratio", is_in_table=False),
        Column(name="network_received_bytes_mean", title="Received, mean", unit="bytes"),
        Column(name="network_sent_bytes_mean", title="Sent, mean", unit="bytes"),
    ),
    advise=advise,
    draw=draw,
    note=(
        "Of jobs that uploaded telemetry. A percentile of CPU needs 20 samples in a job and 20 such jobs, so that "
        "short jobs have none. Network is the machine's, while it was watched."
    ),
    more_sql="from marts.fct_job_resources order by memory_bytes_max desc",
)
