"""What passes less often than it did, and has kept to it."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.section import Column, Finding, Repository, Row, Rows, Section, growth
from pipeline_etl.reports.sections.regressions import FIRST_KINDS, KINDS, RECENT, STATES
from pipeline_etl.wording import commit, count, day, percent, plural, quoted

FEWEST_RUNS: Final = 60
"""Thirty results of two weeks: with fewer in a month no fall could have been found."""


def advise(rows: Rows, repository: Repository) -> str:
    """Name the deepest fall that is still there, and where to look."""
    if not rows and repository.recent_run_count < FEWEST_RUNS:
        return (
            "Too few runs to say: a pass rate takes thirty results of the default branch in two weeks, and there are "
            f"{plural(repository.recent_run_count, 'finished run')} in the last 30 days. No data is never healthy."
        )
    open_falls = [row for row in rows if row["regression_state"] == "open"]
    if not open_falls:
        past = f"; {plural(len(rows), 'earlier fall')} below." if rows else "."
        return f"Nothing that runs often enough to be judged passes less often now than it used to{past}"
    worst = max(open_falls, key=lambda row: (row["series_kind"] == "workflow", _depth(row)))
    return f"{_told(worst)}. {_suspects(worst)}"


def _depth(row: Row) -> float:
    return float(row["baseline_pass_ratio"] - row["changed_pass_ratio"])


def _told(row: Row) -> str:
    return (
        f"{quoted(row['series_name'])} ({KINDS.get(row['series_kind'], row['series_kind'])}) passes in "
        f"{percent(row['changed_pass_ratio'])} of the runs of the default branch instead of "
        f"{percent(row['baseline_pass_ratio'])} since {day(row['onset_date'])}"
    )


def _suspects(row: Row) -> str:
    if not row["first_bad_sha"] or not row["last_good_sha"]:
        return "No run shows between which commits it came."
    commits = "one commit" if row["suspect_commit_count"] == 1 else f"{count(row['suspect_commit_count'])} commits"
    return (
        f"The last pass before is of {commit(row['last_good_sha'])}, the first failure of "
        f"{commit(row['first_bad_sha'])}: {commits} with a run to look at first."
    )


def draw(rows: Rows) -> list[Chart]:
    """By how many points the open ones fell."""
    lines = [
        Bar(name=row["series_name"], parts={"fallen": _depth(row)}, label=percent(_depth(row)))
        for row in rows
        if row["regression_state"] == "open"
    ][:10]
    if not lines:
        return []
    return [
        bars(
            lines,
            title="Pass rates that fell and have not come back, by how much",
            description="; ".join(f"{line.name}: {line.label}" for line in lines),
            series={"fallen": "red"},
            unit="ratio",
        )
    ]


def _weight(row: Row) -> float:
    """How far the odds moved; with a pass and a failure added, for a rate may have been 1."""
    before, since = (
        (row[f"{arm}_pass_ratio"] * row[f"{arm}_result_count"] + 1) / (row[f"{arm}_result_count"] + 2)
        for arm in ("baseline", "changed")
    )
    return abs(growth(before, since, is_share=True) or 0.0)


def find(rows: Rows, repository: Repository) -> list[Finding]:
    """Pass rates of workflows and jobs that fell in the last 30 days and have not come back."""
    return [
        Finding(text=f"{_told(row)}, and has kept to it.", weight=_weight(row), tone="bad")
        for row in rows
        if row["regression_state"] == "open"
        and row["series_kind"] in FIRST_KINDS
        and repository.as_of_at is not None
        and row["onset_date"] > (repository.as_of_at - RECENT).date()
    ]


SECTION: Final = Section(
    name="pass_rates",
    label="Pass rates",
    question="What passes less often than it did?",
    definition="pass-rates",
    reads={
        "fct_pass_rate_regressions": (
            "repository_id",
            "regression_id",
            "workflow_name",
            "series_kind",
            "series_name",
            "regression_state",
            "onset_date",
            "detected_date",
            "ended_date",
            "baseline_pass_ratio",
            "changed_pass_ratio",
            "baseline_result_count",
            "changed_result_count",
            "fisher_chance_ratio",
            "last_good_sha",
            "first_bad_sha",
            "suspect_commit_count",
            "evidence_url",
        )
    },
    columns=(
        Column(name="workflow_name", title="Workflow", unit="code"),
        Column(name="series_kind", title="Kind", unit="text", words=KINDS),
        Column(name="series_name", title="What", unit="code", link="evidence_url"),
        Column(name="regression_state", title="Now", unit="text", words=STATES),
        Column(name="onset_date", title="Since", unit="date"),
        Column(name="detected_date", title="Found", unit="date", is_in_table=False),
        Column(name="ended_date", title="Until", unit="date"),
        Column(name="baseline_pass_ratio", title="Passed before", unit="ratio"),
        Column(name="changed_pass_ratio", title="Passes since", unit="ratio"),
        Column(name="baseline_result_count", title="Results before", unit="count", is_in_table=False),
        Column(name="changed_result_count", title="Results since", unit="count"),
        Column(name="fisher_chance_ratio", title="Chance", unit="ratio", is_in_table=False),
        Column(name="last_good_sha", title="Last good commit", unit="sha"),
        Column(name="first_bad_sha", title="First bad commit", unit="sha"),
        Column(name="suspect_commit_count", title="Commits between", unit="count", is_in_table=False),
        Column(name="evidence_url", title="Evidence", unit="url", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    find=find,
    note=(
        "First attempts of the default branch, thirty results or more in two weeks and in the four before; a fall is "
        "told when it is 5 points or more and beyond chance. Where only a share fails, the commit may be older than "
        "the last good one: it may have passed at first."
    ),
    more_sql="from marts.fct_pass_rate_regressions order by detected_date desc",
)
