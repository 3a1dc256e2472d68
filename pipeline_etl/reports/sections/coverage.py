"""What is known at all: the grounds every other section stands on."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.wording import listed, percent, plural


def advise(rows: Rows, repository: Repository) -> str:
    """Name what nothing is known of: a reader must not take silence for health."""
    if not repository.executed_job_count:
        return "No job that ran is stored yet, so nothing below can be said about this repository."
    absent = [row["kind_name"].lower() for row in rows if not row["job_count"]]
    thin = [
        f"{row['kind_name'].lower()} ({percent(row['covered_ratio'])})"
        for row in rows
        if 0 < (row["covered_ratio"] or 0) < 0.5
    ]
    sentences = [f"{plural(repository.executed_job_count, 'job that ran is', 'jobs that ran are')} stored."]
    if absent:
        sentences.append(
            f"Nothing is known of {listed(absent)}; sections about these have no data, which is never a sign of health."
        )
    if thin:
        sentences.append(f"Known for fewer than half of the jobs: {listed(thin)}.")
    if not absent and not thin:
        sentences.append("Every kind of data is known for at least half of them.")
    return " ".join(sentences)


def draw(rows: Rows) -> list[Chart]:
    """Share of the executed jobs each kind of data is known for."""
    known = [
        Bar(
            name=row["kind_name"],
            parts={"known": row["covered_ratio"] or 0.0},
            label=f"{percent(row['covered_ratio'])} of jobs" if row["job_count"] else "no data",
        )
        for row in rows
    ]
    if not any(row["job_count"] for row in rows):
        return []
    half = sum((row["covered_ratio"] or 0.0) >= 0.5 for row in rows)
    return [
        bars(
            known,
            title="Share of the jobs that ran, by what is known of them",
            description="; ".join(f"{bar.name}: {bar.label}" for bar in known),
            series={"known": "blue"},
            unit="ratio",
            is_share=True,
            finding=f"{half} of {len(rows)} kinds of data are known for at least half of the jobs",
        )
    ]


SECTION: Final = Section(
    name="coverage",
    label="Coverage",
    question="What does this report know?",
    definition="completeness",
    reads={
        "fct_jobs": ("provider", "repository_id", "job_id", "is_executed", "has_log"),
        "fct_steps": ("provider", "repository_id", "job_id"),
        "fct_cache_operations": ("provider", "repository_id", "job_id"),
        "fct_test_executions": ("provider", "repository_id", "job_id"),
        "fct_coverage": ("provider", "repository_id", "job_id"),
        "fct_job_resources": ("provider", "repository_id", "job_id"),
    },
    columns=(
        Column(name="kind_name", title="What", unit="text"),
        Column(name="job_count", title="Jobs with it", unit="count"),
        Column(name="executed_job_count", title="Jobs that ran", unit="count"),
        Column(name="covered_ratio", title="Share", unit="ratio"),
    ),
    advise=advise,
    draw=draw,
    note="A job can only have what its workflow writes: a lint job has no test results, and that is no gap.",
    more_sql="from marts.fct_jobs where is_executed and not has_log",
)
