"""What became slower, or faster, and stayed so."""

from datetime import timedelta
from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart, Colour
from pipeline_etl.reports.section import Column, Finding, Repository, Row, Rows, Section, growth
from pipeline_etl.wording import commit, count, day, duration, percent, plural, quoted

FEWEST_RUNS: Final = 50
"""Ten days of five runs: with fewer in a month no change could have been found."""

COLOURS: Final[dict[str, Colour]] = {"slower": "red", "faster": "green"}
KINDS: Final = {"workflow": "workflow", "job": "job", "stage": "stage", "test": "test"}
FIRST_KINDS: Final = frozenset({"workflow", "job"})
"""What the first screen tells of; a stage or a test that moved moves these when it matters."""

RECENT: Final = timedelta(days=30)
STATES: Final = {"open": "still so", "recovered": "gone again", "superseded": "changed again"}


def advise(rows: Rows, repository: Repository) -> str:
    """Name the largest slowdown that is still there, and where to look."""
    if not rows and repository.recent_run_count < FEWEST_RUNS:
        return (
            "Too few runs to say: a change is seen from five runs a day that succeed at once, and there are "
            f"{plural(repository.recent_run_count, 'finished run')} in the last 30 days. No data is never healthy."
        )
    slower = [row for row in rows if row["direction"] == "slower" and row["regression_state"] == "open"]
    if not slower:
        past = f"; {plural(len(rows), 'earlier change')} below." if rows else "."
        return f"Nothing that runs often enough to be judged is slower now than it used to be{past}"
    worst = max(
        slower,
        key=lambda row: (row["series_kind"] == "workflow", row["change_seconds"] or 0.0),
    )
    return (
        f"{quoted(worst['series_name'])} ({KINDS.get(worst['series_kind'], worst['series_kind'])}) takes "
        f"{duration(worst['changed_seconds'])} instead of {duration(worst['baseline_seconds'])} since "
        f"{day(worst['onset_date'])}. {_suspects(worst)}"
    )


def _suspects(row: Row) -> str:
    if not row["first_bad_sha"] or not row["last_good_sha"]:
        return "No run of the default branch shows between which commits it came."
    commits = "one commit" if row["suspect_commit_count"] == 1 else f"{count(row['suspect_commit_count'])} commits"
    return (
        f"It came after {commit(row['last_good_sha'])} and by {commit(row['first_bad_sha'])}: "
        f"{commits} with a run to look at."
    )


def draw(rows: Rows) -> list[Chart]:
    """By how much the open changes moved."""
    lines = [
        Bar(
            name=row["series_name"],
            parts={row["direction"]: abs(row["change_ratio"])},
            label=f"{'+' if row['change_ratio'] > 0 else ''}{percent(row['change_ratio'])}",
        )
        for row in rows
        if row["regression_state"] == "open" and row["direction"] in COLOURS and row["change_ratio"] is not None
    ][:10]
    if not lines:
        return []
    return [
        bars(
            lines,
            title="Lasting changes that are still there, as a share of the old level",
            description="; ".join(f"{line.name}: {line.label}" for line in lines),
            series=COLOURS,
            unit="ratio",
        )
    ]


def find(rows: Rows, repository: Repository) -> list[Finding]:
    """Lasting changes of workflows and jobs that began in the last 30 days and are still there."""
    found = []
    for row in rows:
        weight = growth(row["baseline_seconds"], row["changed_seconds"])
        is_recent = repository.as_of_at is not None and row["onset_date"] > (repository.as_of_at - RECENT).date()
        if (
            weight is None
            or not is_recent
            or row["regression_state"] != "open"
            or row["series_kind"] not in FIRST_KINDS
        ):
            continue
        text = (
            f"{quoted(row['series_name'])} ({KINDS[row['series_kind']]}) takes {duration(row['changed_seconds'])} "
            f"instead of {duration(row['baseline_seconds'])} since {day(row['onset_date'])}, and has stayed so."
        )
        found.append(Finding(text=text, weight=abs(weight), tone="bad" if weight > 0 else "good"))
    return found


SECTION: Final = Section(
    name="regressions",
    label="Regressions",
    question="What became slower and stayed so?",
    definition="regressions",
    reads={
        "fct_duration_regressions": (
            "repository_id",
            "regression_id",
            "workflow_name",
            "series_kind",
            "series_name",
            "direction",
            "regression_state",
            "onset_date",
            "detected_date",
            "ended_date",
            "baseline_seconds",
            "changed_seconds",
            "change_seconds",
            "change_ratio",
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
        Column(name="direction", title="Became", unit="text"),
        Column(name="regression_state", title="Now", unit="text", words=STATES),
        Column(name="onset_date", title="Since", unit="date"),
        Column(name="detected_date", title="Found", unit="date", is_in_table=False),
        Column(name="ended_date", title="Until", unit="date"),
        Column(name="baseline_seconds", title="Before", unit="seconds"),
        Column(name="changed_seconds", title="After", unit="seconds"),
        Column(name="change_seconds", title="Difference", unit="seconds", is_in_table=False),
        Column(name="change_ratio", title="Change", unit="ratio"),
        Column(name="last_good_sha", title="Last good commit", unit="sha"),
        Column(name="first_bad_sha", title="First bad commit", unit="sha"),
        Column(name="suspect_commit_count", title="Commits between", unit="count", is_in_table=False),
        Column(name="evidence_url", title="Evidence", unit="url", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    find=find,
    note=(
        "Daily medians of runs that succeed at once, days of five runs or more; a change is told when it lasts and is "
        "5 % or more. Commits are those of the default branch with a run."
    ),
    more_sql="from marts.fct_duration_regressions order by detected_date desc",
)
