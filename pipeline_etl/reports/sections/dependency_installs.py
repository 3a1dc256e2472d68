"""What installing dependencies takes."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.wording import duration, percent, plural, quoted

PERIODS: Final = {"last_30_days": "last 30 days", "all_history": "all history"}
FEW_CACHED: Final = 0.5
"""Share of packages from a cache under which downloading is worth a thought."""


def advise(rows: Rows, repository: Repository) -> str:
    """Name the package manager that takes most, and whether it downloads what it could keep."""
    if not rows:
        return (
            "No stored log tells of an installation of dependencies"
            + ("." if repository.log_count else ": there are no logs.")
            + " No data is never healthy."
        )
    first = rows[0]
    sentence = (
        f"{quoted(first['install_tool'])} takes {duration(first['part_run_seconds_mean'])} of machine time a run of "
        f"{quoted(first['workflow_name'])}"
    )
    if first["cached_ratio"] is None:
        return f"{sentence}; whether from a cache its logs do not say."
    if first["cached_ratio"] < FEW_CACHED:
        return (
            f"{sentence}, and downloads {plural(first['downloaded_count'], 'package')} where "
            f"{percent(first['cached_ratio'])} came from a cache: keep its folder of downloads, or the environment."
        )
    return f"{sentence}; {percent(first['cached_ratio'])} of the packages came from a cache."


def draw(rows: Rows) -> list[Chart]:
    """Machine time of a run by package manager, where there are several to compare."""
    lines = [
        Bar(
            name=f"{row['install_tool']}, {row['workflow_name']}",
            parts={"time": row["part_run_seconds_mean"]},
            label=duration(row["part_run_seconds_mean"]),
        )
        for row in rows
        if row["part_run_seconds_mean"]
    ][:12]
    if len(lines) < 2:
        return []
    return [
        bars(
            lines,
            title="Machine time a run spends on installing",
            description="; ".join(f"{line.name}: {line.label}" for line in lines),
            series={"time": "green"},
            unit="seconds",
        )
    ]


SECTION: Final = Section(
    name="dependency_installs",
    label="Dependencies",
    question="How long does installing dependencies take?",
    definition="build-time",
    reads={
        "rpt_build_times": (
            "repository_id",
            "workflow_id",
            "workflow_name",
            "period_kind",
            "part_kind",
            "part_name",
            "run_count",
            "part_job_count",
            "timed_part_count",
            "part_seconds_p50",
            "part_seconds_p95",
            "part_seconds_total",
            "part_run_seconds_mean",
            "package_count",
            "downloaded_count",
            "cached_count",
            "cached_ratio",
        )
    },
    columns=(
        Column(name="workflow_name", title="Workflow", unit="code"),
        Column(name="period_kind", title="Period", unit="text", words=PERIODS),
        Column(name="install_tool", title="Package manager", unit="code"),
        Column(name="run_count", title="Runs", unit="count"),
        Column(name="part_job_count", title="Jobs", unit="count"),
        Column(name="timed_part_count", title="Installations", unit="count"),
        Column(name="part_seconds_p50", title="Median", unit="seconds"),
        Column(name="part_seconds_p95", title="One in 20 above", unit="seconds"),
        Column(name="part_seconds_total", title="All together", unit="seconds"),
        Column(name="part_run_seconds_mean", title="A run, mean", unit="seconds"),
        Column(name="package_count", title="Packages", unit="count", is_in_table=False),
        Column(name="downloaded_count", title="Downloaded", unit="count"),
        Column(name="cached_count", title="From a cache", unit="count"),
        Column(name="cached_ratio", title="Cached share", unit="ratio"),
    ),
    advise=advise,
    draw=draw,
    note=(
        "As the tools' own lines in the logs say, from resolving to the last package; where a log has no such line, "
        "nothing is counted. Parallel jobs are added up."
    ),
    more_sql="from marts.fct_dependency_installs order by install_seconds desc nulls last",
)
