"""How long the default branch stays red."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart, Colour
from pipeline_etl.reports.section import Column, Repository, Row, Rows, Section
from pipeline_etl.wording import commit, count, day, duration, instant, plural, quoted

KINDS: Final = {"recovery": "mended", "flaky_recovery": "passed when run again", "open": "still red"}
COLOURS: Final[dict[str, Colour]] = {"mended": "blue", "passed when run again": "orange", "still red": "red"}


def advise(rows: Rows, repository: Repository) -> str:
    """What is red now and where to look, else how long it usually takes."""
    if not rows:
        if not repository.run_count:
            return (
                "No runs are stored, so it is not known whether the default branch was red. No data is never healthy."
            )
        return "No run of the default branch that is known has failed."
    open_now = [row for row in rows if row["recovery_kind"] == "open"]
    if open_now:
        longest = max(open_now, key=lambda row: row["red_seconds"] or 0.0)
        return (
            f"{quoted(longest['workflow_name'])} is red on the default branch since {instant(longest['failed_at'])} "
            f"({duration(longest['red_seconds'])}). {_suspects(longest)}"
        )
    measured = [row for row in rows if row["recovery_seconds_p50"] is not None]
    if not measured:
        return f"Nothing is red now; the last episode began on {day(rows[0]['failed_at'])}."
    row = max(measured, key=lambda row: row["episode_count"])
    sentence = (
        f"Nothing is red now. In the last 90 days {quoted(row['workflow_name'])} was red "
        f"{_times(row['episode_count'])}, and half of the episodes were mended within "
        f"{duration(row['recovery_seconds_p50'])}."
    )
    if row["flaky_recovery_count"]:
        sentence += (
            f" {_times(row['flaky_recovery_count']).capitalize()} more the same commit passed when run again: "
            "that is flaky, not mended."
        )
    return sentence


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{count(number)} times")


def _suspects(row: Row) -> str:
    if row["suspect_commit_count"] is None or not row["last_good_sha"]:
        return "No green run before it is known."
    return (
        f"{plural(row['suspect_commit_count'], 'commit')} with a run to look at: after "
        f"{commit(row['last_good_sha'])}, up to {commit(row['first_bad_sha'])}."
    )


def draw(rows: Rows) -> list[Chart]:
    """The last episodes, by length."""
    lines = [
        Bar(
            name=f"{day(row['failed_at'])} {row['workflow_name']}",
            parts={KINDS[row["recovery_kind"]]: row["red_seconds"]},
            label=duration(row["red_seconds"]),
        )
        for row in rows
        if row["recovery_kind"] in KINDS and row["red_seconds"]
    ][:12]
    if not lines:
        return []
    return [
        bars(
            lines,
            title="How long the default branch was red, the latest episodes",
            description="; ".join(f"{line.name}: {line.label}" for line in lines),
            series=COLOURS,
            unit="seconds",
        )
    ]


SECTION: Final = Section(
    name="recoveries",
    label="Recoveries",
    question="How long does the default branch stay red?",
    definition="failures",
    reads={
        "fct_recoveries": (
            "provider",
            "repository_id",
            "recovery_id",
            "workflow_id",
            "workflow_name",
            "recovery_kind",
            "is_start_known",
            "failed_at",
            "recovered_at",
            "red_seconds",
            "failed_run_count",
            "failure_class",
            "last_good_sha",
            "first_bad_sha",
            "suspect_commit_count",
            "recovered_sha",
            "recovered_run_url",
            "evidence_url",
        ),
        "rpt_recovery_times": (
            "provider",
            "repository_id",
            "workflow_id",
            "recovery_seconds_p50",
            "episode_count",
            "open_count",
            "flaky_recovery_count",
        ),
    },
    columns=(
        Column(name="workflow_name", title="Workflow", unit="code"),
        Column(name="recovery_kind", title="Now", unit="text", words=KINDS),
        Column(name="is_start_known", title="Beginning known", unit="flag", is_in_table=False),
        Column(name="failed_at", title="Red since", unit="instant", link="evidence_url"),
        Column(name="recovered_at", title="Green again", unit="instant", link="recovered_run_url"),
        Column(name="red_seconds", title="Red for", unit="seconds"),
        Column(name="failed_run_count", title="Failed runs", unit="count"),
        Column(name="failure_class", title="Cause", unit="text"),
        Column(name="last_good_sha", title="Last green commit", unit="sha"),
        Column(name="first_bad_sha", title="First red commit", unit="sha"),
        Column(name="suspect_commit_count", title="Commits between", unit="count", is_in_table=False),
        Column(name="recovered_sha", title="Green commit", unit="sha", is_in_table=False),
        Column(name="recovered_run_url", title="Green run", unit="url", is_in_table=False),
        Column(name="evidence_url", title="Evidence", unit="url", is_in_table=False),
        Column(name="recovery_seconds_p50", title="Median of the workflow", unit="seconds", is_in_table=False),
        Column(name="episode_count", title="Episodes in 90 days", unit="count", is_in_table=False),
        Column(name="open_count", title="Open", unit="count", is_in_table=False),
        Column(name="flaky_recovery_count", title="Passed when run again", unit="count", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    note=(
        "From the end of the first failing run to that of the next that succeeds, per workflow. The median is Kaplan "
        "and Meier's, open episodes counted as red until now; what passed when run again is left out of it."
    ),
    more_sql="from marts.fct_recoveries order by failed_at desc",
)
