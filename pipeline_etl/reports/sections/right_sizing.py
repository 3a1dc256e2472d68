"""Whether machines have the right size."""

from typing import Final

from pipeline_etl.reports.section import Column, Repository, Row, Rows, Section
from pipeline_etl.wording import byte_size, money, percent, quoted

RULES: Final = {
    "no_telemetry": "no telemetry",
    "too_little_telemetry": "too little telemetry",
    "memory_up": "more memory",
    "disk_full": "a larger disk, or less on it",
    "size_up": "more processors, or shards",
    "size_down": "one size down",
    "idle": "idle, with nothing smaller to move to",
    "not_the_processor": "waits for the network: a mirror or a cache",
    "fits": "fits",
}
"""Rule → what it advises."""


def advise(rows: Rows, _: Repository) -> str:
    """Name the first job to move and what that saves; where nothing can be said, what is missing."""
    if not rows:
        return (
            "No job of the last 30 days brought telemetry along, so no machine can be judged: that needs 20 jobs "
            "over 14 days with it. No data is never healthy."
        )
    judged = [row for row in rows if row["sizing_rule"] not in {"no_telemetry", "too_little_telemetry"}]
    if not judged:
        most = max(rows, key=lambda row: row["watched_job_count"] or 0)
        return f"Nothing can be said of any machine yet: {quoted(most['job_name'])} {most['missing_text']}."
    first = judged[0]
    if first["sizing_rule"] in {"fits", "idle"}:
        return f"Of {len(judged)} kinds of jobs with enough telemetry none should change its machine."
    return f"{quoted(first['job_name'])}: {RULES[first['sizing_rule']]}, {_evidence(first)}{_effect(first)}."


def _evidence(row: Row) -> str:
    if row["sizing_rule"] == "memory_up":
        killed = f", and ran out of it in {row['oom_job_count']} jobs" if row["oom_job_count"] else ""
        return f"for it held up to {percent(row['memory_ratio_max'])} of it{killed}"
    if row["sizing_rule"] == "disk_full":
        return f"for {percent(row['disk_used_ratio_max'])} of the disk was in use"
    return (
        f"for it used {percent(row['job_cpu_ratio_p50'])} of its processors at the median and up to "
        f"{percent(row['memory_ratio_max'])} of its memory"
    )


def _effect(row: Row) -> str:
    """What the change does, as far as it can be predicted."""
    if row["advised_sku_name"] is None or row["predicted_duration_factor"] is None:
        limit = row["container_memory_bytes"]
        return f"; a container of {byte_size(limit)} would do" if limit and row["sizing_rule"] == "memory_up" else ""
    saving = row["predicted_saving_usd"]
    price = "" if saving is None else f", and {'saves' if saving >= 0 else 'costs'} {money(abs(saving))} in 30 days"
    return f": {row['advised_sku_name']} takes {percent(row['predicted_duration_factor'])} of the time{price}"


SECTION: Final = Section(
    name="right_sizing",
    label="Right size",
    question="Which machines are too big or too small?",
    definition="resources",
    reads={
        "rpt_right_sizing": (
            "repository_id",
            "workflow_id",
            "job_config_id",
            "workflow_name",
            "job_name",
            "sku_name",
            "sizing_rule",
            "advised_sku_name",
            "predicted_duration_factor",
            "predicted_saving_usd",
            "container_memory_bytes",
            "confidence",
            "missing_text",
            "has_enough_telemetry",
            "billed_job_count",
            "billed_minute_count",
            "watched_job_count",
            "job_cpu_ratio_p50",
            "job_cpu_ratio_p95",
            "memory_ratio_max",
            "near_memory_limit_job_count",
            "oom_job_count",
            "disk_used_ratio_max",
        )
    },
    columns=(
        Column(name="workflow_name", title="Workflow", unit="code", is_in_table=False),
        Column(name="job_name", title="Job", unit="code"),
        Column(name="sku_name", title="Runs on", unit="code"),
        Column(name="sizing_rule", title="Advice", unit="text", words=RULES),
        Column(name="advised_sku_name", title="Move to", unit="code"),
        Column(name="predicted_duration_factor", title="Time it then takes", unit="ratio"),
        Column(name="predicted_saving_usd", title="Saves in 30 days", unit="usd"),
        Column(name="container_memory_bytes", title="Memory it needs", unit="bytes"),
        Column(name="confidence", title="Confidence", unit="text"),
        Column(name="missing_text", title="Missing", unit="text", is_spare=True),
        Column(name="has_enough_telemetry", title="Enough telemetry", unit="flag", is_in_table=False),
        Column(name="billed_job_count", title="Jobs that ran", unit="count", is_spare=True),
        Column(name="watched_job_count", title="With telemetry", unit="count", is_spare=True),
        Column(name="job_cpu_ratio_p50", title="CPU, median", unit="ratio", is_in_table=False),
        Column(name="job_cpu_ratio_p95", title="CPU, one in 20 above", unit="ratio", is_in_table=False),
        Column(name="memory_ratio_max", title="Memory, most", unit="ratio", is_in_table=False),
        Column(name="near_memory_limit_job_count", title="Near the limit", unit="count", is_in_table=False),
        Column(name="oom_job_count", title="Out of memory", unit="count", is_in_table=False),
        Column(name="disk_used_ratio_max", title="Disk, most", unit="ratio", is_in_table=False),
    ),
    advise=advise,
    note=(
        "Of the last 30 days. Advice needs 20 jobs over 14 days with telemetry. Savings are at list price and count "
        "what takes longer on fewer processors; memory is what it ever held and a fifth."
    ),
    more_sql="from marts.rpt_right_sizing order by predicted_saving_usd desc nulls last",
)
