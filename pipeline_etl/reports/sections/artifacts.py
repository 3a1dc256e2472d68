"""What artifacts and caches take."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.wording import byte_size, duration, plural, quoted

LONG_RETENTION_SECONDS: Final = 89 * 86_400.0
"""The service's own 90 days, or more: nobody has chosen a retention."""


def advise(rows: Rows, _: Repository) -> str:
    """Say what is held, and which artifact is kept longest for its size."""
    if not rows:
        return "No artifact and no cache is known of."
    live = {
        kind: sum(row["live_bytes"] for row in rows if row["storage_kind"] == kind) for kind in ("artifact", "cache")
    }
    sentence = f"The service holds {byte_size(live['artifact'])} of artifacts and {byte_size(live['cache'])} of caches."
    kept = [
        row for row in rows if row["live_bytes"] and (row["retention_seconds_p50"] or 0.0) >= LONG_RETENTION_SECONDS
    ]
    if not kept:
        return f"{sentence} None of the artifacts held is kept for the service's own 90 days."
    first = max(kept, key=lambda row: row["live_bytes"])
    return (
        f"{sentence} {quoted(first['stored_name'])} is kept for {duration(first['retention_seconds_p50'])} and takes "
        f"{byte_size(first['live_bytes'])} in {plural(first['live_count'], 'artifact')}: set a shorter "
        "“retention-days” if nobody downloads it that late; the service does not tell who does."
    )


def draw(rows: Rows) -> list[Chart]:
    """Bytes held now, by name."""
    lines = [
        Bar(
            name=row["stored_name"],
            parts={row["storage_kind"]: row["live_bytes"]},
            label=f"{byte_size(row['live_bytes'])} in {row['live_count']}",
        )
        for row in rows
        if row["live_bytes"]
    ][:12]
    if not lines:
        return []
    return [
        bars(
            lines,
            title="What the service holds",
            description="; ".join(f"{line.name}: {line.label}" for line in lines),
            series={"artifact": "blue", "cache": "orange"},
            unit="bytes",
        )
    ]


SECTION: Final = Section(
    name="artifacts",
    label="Artifacts",
    question="What do artifacts and caches take, and how long are they kept?",
    definition="artifacts",
    reads={
        "rpt_artifact_storage": (
            "repository_id",
            "artifact_family_name",
            "period_kind",
            "artifact_count",
            "artifact_bytes_p50",
            "artifact_bytes_p95",
            "artifact_bytes_total",
            "growth_ratio",
            "retention_seconds_p50",
            "expired_artifact_count",
            "live_artifact_count",
            "live_bytes",
            "storage_gb_hours",
            "download_count",
        ),
        "rpt_cache_storage": ("repository_id", "key_template", "cache_entry_count", "live_bytes"),
    },
    columns=(
        Column(name="storage_kind", title="Kind", unit="text"),
        Column(name="stored_name", title="Name", unit="code"),
        Column(name="stored_count", title="Made", unit="count"),
        Column(name="stored_bytes_p50", title="Size, median", unit="bytes"),
        Column(name="stored_bytes_p95", title="One in 20 above", unit="bytes"),
        Column(name="stored_bytes_total", title="All together", unit="bytes"),
        Column(name="recent_bytes", title="Last 30 days", unit="bytes"),
        Column(name="growth_ratio", title="Against the 30 before", unit="ratio"),
        Column(name="retention_seconds_p50", title="Kept for", unit="seconds"),
        Column(name="expired_artifact_count", title="Expired", unit="count"),
        Column(name="live_count", title="Held", unit="count"),
        Column(name="live_bytes", title="Held, size", unit="bytes"),
        Column(name="storage_gb_hours", title="GB hours", unit="number"),
        Column(name="download_count", title="Downloads", unit="count", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    note=(
        "All history unless it says otherwise; numbers and hashes in names are masked. GB hours are size by time held "
        "so far. Downloads are not in the REST API. Of caches only what the last list held is known here."
    ),
    more_sql="from marts.rpt_artifact_storage order by period_kind, period_start_date desc, live_bytes desc",
)
