"""How much of the code its tests cover, commit by commit."""

from datetime import UTC, date, timedelta
from typing import Final

from pipeline_etl.reports.charts import Point, weeks
from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.section import Column, Repository, Row, Rows, Section
from pipeline_etl.wording import commit, day, percent, plural

HOW: Final = (
    "Let the tests write it (for example pytest --cov --cov-report=xml) and upload the file as an artifact from the "
    "default branch: Cobertura, JaCoCo, Clover and lcov are read."
)
LINE: Final = "lines covered"


def advise(rows: Rows, _: Repository) -> str:
    """Say what the last commit measured covers and how that changed; else what is missing and how to get it."""
    if not rows:
        return (
            f"No coverage of the default branch is stored, so nothing is known of it: no data is never healthy. {HOW}"
        )
    known = [row for row in rows if row["line_ratio"] is not None]
    sentences = []
    if known:
        last = known[0]
        sentences.append(
            f"{percent(last['line_ratio'])} of {plural(last['valid_line_count'], 'line')} are covered at "
            f"{commit(last['head_sha'])} of {day(last['executed_at'])}{_change(last)}."
        )
        falls = [row for row in known if (row["line_change_ratio"] or 0.0) < 0]
        if falls:
            deepest = min(falls, key=lambda row: row["line_change_ratio"])
            sentences.append(
                f"The deepest fall came with {commit(deepest['head_sha'])} of {day(deepest['executed_at'])}, "
                f"{points(deepest['line_change_ratio'])}: see what it left untested."
            )
    newest = rows[0]
    if newest["line_ratio"] is None:
        unmerged = newest["unmerged_file_count"]
        reason = (
            f"{plural(unmerged, 'file')} stand in several reports that give totals only. Upload reports with their "
            "lines, such as lcov or Cobertura."
            if unmerged
            else "its reports count no lines."
        )
        sentences.append(f"Of the newest commit, {commit(newest['head_sha'])}, the share is not known: {reason}")
    return " ".join(sentences)


def points(change: float) -> str:
    """A change of a share, in points."""
    size = f"{abs(change) * 100:.1f}"
    return f"{'less than 0.1' if size == '0.0' else size} points {'less' if change < 0 else 'more'}"


def _change(row: Row) -> str:
    change = row["line_change_ratio"]
    if change is None:
        return "; a change needs a commit measured before it"
    return ", as before it" if change == 0 else f", {points(change)} than before it"


def draw(rows: Rows) -> list[Chart]:
    """Share of lines covered at the last commit measured of each week."""
    last_of_week: dict[date, Row] = {}
    for row in rows:
        if row["executed_at"] is not None and row["line_ratio"] is not None:
            last_of_week.setdefault(_monday(row), row)
    if len(last_of_week) <= 1:
        return []
    line = [
        Point(week=week, value=row["line_ratio"], label=f"{percent(row['line_ratio'])} at {commit(row['head_sha'])}")
        for week, row in sorted(last_of_week.items())
    ]
    first, last = line[0], line[-1]
    return [
        weeks(
            {LINE: line},
            title="Lines covered on the default branch, last commit of each week",
            description="; ".join(f"week of {point.week}: {point.label}" for point in line),
            colours={LINE: "green"},
            unit="ratio",
            is_wide=True,
            finding=(
                f"{percent(last.value)} of lines are covered, {percent(first.value)} were in the week of "
                f"{day(first.week)}"
            ),
        )
    ]


def _monday(row: Row) -> date:
    ran: date = row["executed_at"].astimezone(UTC).date()
    return ran - timedelta(days=ran.weekday())


SECTION: Final = Section(
    name="coverage_trend",
    label="Code covered",
    question="How much of our code do the tests cover, and is it more or less than before?",
    definition="coverage",
    reads={
        "rpt_coverage_trend": (
            "repository_id",
            "head_sha",
            "is_default_branch",
            "executed_at",
            "covered_file_count",
            "unmerged_file_count",
            "covered_line_count",
            "valid_line_count",
            "line_ratio",
            "base_sha",
            "base_line_ratio",
            "line_change_ratio",
        )
    },
    columns=(
        Column(name="head_sha", title="Commit", unit="sha"),
        Column(name="executed_at", title="Measured", unit="date"),
        Column(name="line_ratio", title="Lines covered", unit="ratio"),
        Column(name="line_change_ratio", title="Change", unit="ratio_difference"),
        Column(name="covered_line_count", title="Covered", unit="count"),
        Column(name="valid_line_count", title="Of lines", unit="count"),
        Column(name="covered_file_count", title="Files", unit="count"),
        Column(name="unmerged_file_count", title="Files not merged", unit="count", is_spare=True),
        Column(name="base_line_ratio", title="Before", unit="ratio", is_in_table=False),
        Column(name="base_sha", title="Compared with", unit="sha", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    note=(
        "Commits of the default branch. A line is covered when any report of its commit covers it; the change is "
        "against the commit measured last before, in points. Unknown where reports of one file give totals only."
    ),
    more_sql="from marts.rpt_coverage_trend where is_default_branch order by executed_at desc",
)
