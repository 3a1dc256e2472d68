"""Tests that were flaky at some time: what it was like at its worst."""

from datetime import timedelta
from typing import Final

from pipeline_etl.reports.charts import Point, weeks
from pipeline_etl.reports.look import Chart, Colour
from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.reports.sections.flaky_tests import CLASS_NAMES, no_tests
from pipeline_etl.wording import UNKNOWN, day, percent, plural, quoted, shortened

COLOURS: Final[tuple[Colour, ...]] = ("red", "blue", "green", "purple")
DRAWN_TEST_COUNT: Final = len(COLOURS)
LONGEST_STEP: Final = timedelta(days=7)


def advise(rows: Rows, repository: Repository) -> str:
    """Name the worst of history, and whether it is over."""
    if not repository.test_execution_count:
        return no_tests(repository)
    if not rows:
        return f"None of {plural(repository.test_count, 'test')} was suspected in any week that has test results."
    worst = rows[0]
    sentence = (
        f"The worst was {quoted(worst['full_test_name'])}: probability {percent(worst['worst_flake_score_ratio'])} on "
        f"{day(worst['worst_as_of_at'])}, {plural(worst['worst_incident_count'], 'incident')} in "
        f"{plural(worst['worst_execution_count'], 'execution')}."
    )
    now = worst["current_flakiness_class"]
    if now in {"flaky", "suspect"}:
        return f"{sentence} It still is {now}."
    if now == "healthy":
        return f"{sentence} It is healthy now; find out what cured it, and keep that."
    if now == "gone":
        return f"{sentence} The default branch runs without it now."
    return f"{sentence} Whether it is over is not known: there are too few results since."


def _line(history: Rows) -> list[Point]:
    """The score at the end of each week; a week without results, or with too few, is a gap."""
    points: list[Point] = []
    for entry in history:
        week = entry["as_of_at"].date()
        if points and week - points[-1].week > LONGEST_STEP:
            points.append(Point(week=points[-1].week + LONGEST_STEP, value=None, label=UNKNOWN))
        is_judged = entry["flakiness_class"] != "insufficient_data"
        score = entry["flake_score_ratio"] if is_judged else None
        points.append(Point(week=week, value=score, label=percent(score)))
    return points


def draw(rows: Rows) -> list[Chart]:
    """Score of the worst tests at the end of each week."""
    drawn = rows[:DRAWN_TEST_COUNT]
    lines = {
        f"{position}. {shortened(row['full_test_name'], 60)}": _line(row["score_history"])
        for position, row in enumerate(drawn, start=1)
    }
    if not any(len(line) > 1 for line in lines.values()):
        return []
    return [
        weeks(
            lines,
            title="Probability of being flaky, as it would have been reported each week",
            description="; ".join(
                f"{row['full_test_name']}: {percent(row['worst_flake_score_ratio'])} at its worst" for row in drawn
            ),
            colours=dict(zip(lines, COLOURS, strict=False)),
            unit="ratio",
            is_wide=True,
        )
    ]


SECTION: Final = Section(
    name="flaky_history",
    label="Flaky so far",
    question="Which tests were flaky at their worst?",
    definition="flake-score",
    reads={
        "fct_test_flakiness": (
            "repository_id",
            "test_id",
            "as_of_at",
            "is_current",
            "class_name",
            "test_name",
            "flakiness_class",
            "flake_score_ratio",
            "flake_rate_ratio",
            "flake_rate_ratio_low",
            "flake_rate_ratio_high",
            "incident_count",
            "direct_incident_count",
            "execution_count",
            "evidence_url",
        )
    },
    columns=(
        Column(name="full_test_name", title="Test", unit="code"),
        Column(name="worst_flake_score_ratio", title="Flaky then", unit="ratio"),
        Column(name="worst_as_of_at", title="As of", unit="date", link="worst_evidence_url"),
        Column(name="worst_flakiness_class", title="Class then", unit="text", words=CLASS_NAMES),
        Column(
            name="worst_flake_rate_ratio",
            title="Fails for no reason",
            unit="ratio",
            low="worst_flake_rate_ratio_low",
            high="worst_flake_rate_ratio_high",
        ),
        Column(name="worst_flake_rate_ratio_low", title="Fails at least", unit="ratio", is_in_table=False),
        Column(name="worst_flake_rate_ratio_high", title="Fails at most", unit="ratio", is_in_table=False),
        Column(name="worst_incident_count", title="Incidents", unit="count"),
        Column(name="worst_direct_incident_count", title="Proved by a pass", unit="count"),
        Column(name="worst_execution_count", title="Of executions", unit="count"),
        Column(name="suspected_week_count", title="Weeks suspected", unit="count"),
        Column(name="current_flakiness_class", title="Class now", unit="text", words=CLASS_NAMES),
        Column(name="worst_evidence_url", title="Address of the evidence", unit="url", is_in_table=False),
        Column(name="score_history", title="Score by week", unit="list", is_in_table=False),
        Column(name="test_id", title="Identifier", unit="code", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    shown_row_count=10,
    note="Every week is judged with what was known at its end, over the 30 days before it; a gap: too few results.",
    more_sql="from marts.fct_test_flakiness where flake_score_ratio >= 0.3 order by flake_score_ratio desc",
)
