"""What flaky tests cost, week by week, and what they are expected to cost next."""

from collections import defaultdict
from datetime import date
from typing import Final

from pipeline_etl.reports.charts import Point, weeks
from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.reports.sections.flaky_tests import no_tests
from pipeline_etl.wording import day, duration, money, percent, plural, quoted

LINE: Final = "time lost"


def advise(rows: Rows, repository: Repository) -> str:
    """Say what the last week with a cost cost and who caused most of it; then how likely green is, and what is next."""
    if not repository.test_execution_count:
        return no_tests(repository)
    suite = [row for row in rows if row["subject_kind"] == "suite"]
    costs = [row for row in rows if row["subject_kind"] == "test"]
    sentences = [_last_week(costs)] if costs else ["No re-run and no retry is known to be the fault of a flaky test."]
    if not suite:
        sentences.append("How likely the suite is green is not known: no test ran often enough to be judged.")
        return " ".join(sentences)
    now = suite[0]
    sentences.append(
        f"For all its flakes the suite is green with probability {percent(now['green_ratio'])}: "
        f"{now['flaky_now_count']} of {plural(now['judged_test_count'], 'judged test')} flaky."
    )
    if now["expected_cost_usd"] is not None:
        sentences.append(
            f"Tests proposed for quarantine are expected to cost {money(now['expected_cost_usd'])} next week."
        )
    elif now["flaky_now_count"]:
        sentences.append("What they will cost next week is not known: no failure of a test on the list has a price.")
    return " ".join(sentences)


def _last_week(costs: Rows) -> str:
    last = max(row["iso_week_start_date"] for row in costs)
    rows = [row for row in costs if row["iso_week_start_date"] == last]
    waited = sum(row["blocked_rerun_seconds"] or 0.0 for row in rows)
    retried = sum(row["retry_seconds"] or 0.0 for row in rows)
    parts = [f"{duration(waited)} of waiting for re-runs"] if waited else []
    parts += [f"{duration(retried)} of retries"] if retried else []
    sentence = f"In the week of {day(last)}, the last with any, flaky tests cost {' and '.join(parts) or 'nothing'}"
    prices = [row["list_cost_usd"] for row in rows if row["list_cost_usd"] is not None]
    people = [row["blocked_people_usd"] for row in rows if row["blocked_people_usd"] is not None]
    if people:
        sentence += f": {money(sum(people))} of developers' time"
        sentence += f", and {money(sum(prices))} of machines at list price" if prices else ""
    worst = max(rows, key=lambda row: (row["blocked_rerun_seconds"] or 0.0) + (row["retry_seconds"] or 0.0))
    return f"{sentence}; mend {quoted(worst['full_test_name'])} first."


def draw(rows: Rows) -> list[Chart]:
    """Time runs ended later by, of all flaky tests, by week."""
    waits: dict[date, float] = defaultdict(float)
    for row in rows:
        if row["subject_kind"] == "test" and row["blocked_rerun_seconds"] is not None:
            waits[row["iso_week_start_date"]] += row["blocked_rerun_seconds"]
    if len(waits) <= 1:
        return []
    line = [Point(week=week, value=waits[week], label=duration(waits[week])) for week in sorted(waits)]
    worst = max(line, key=lambda point: point.value or 0.0)
    return [
        weeks(
            {LINE: line},
            title="Time lost to re-runs for flaky tests, by week",
            description="; ".join(f"week of {point.week}: {point.label}" for point in line),
            colours={LINE: "red"},
            unit="seconds",
            is_wide=True,
            finding=f"Flaky tests held runs up by {worst.label} in the worst week, of {day(worst.week)}",
        )
    ]


SECTION: Final = Section(
    name="flake_costs",
    label="Cost of flakes",
    question="What do flaky tests cost us?",
    definition="what-flakes-cost",
    reads={
        "rpt_flaky_test_costs": (
            "repository_id",
            "test_id",
            "class_name",
            "test_name",
            "iso_week_start_date",
            "rerun_count",
            "wasted_rerun_seconds",
            "retry_seconds",
            "blocked_rerun_seconds",
            "list_cost_usd",
            "blocked_people_usd",
        ),
        "rpt_flake_burden": (
            "repository_id",
            "is_current",
            "green_ratio",
            "flaky_now_count",
            "judged_test_count",
        ),
        "rpt_quarantine": ("repository_id", "test_id", "expected_cost_usd"),
    },
    columns=(
        Column(name="subject_kind", title="Kind", unit="text", is_in_table=False),
        Column(name="full_test_name", title="Test", unit="code"),
        Column(name="iso_week_start_date", title="Week of", unit="date"),
        Column(name="rerun_count", title="Re-runs", unit="count"),
        Column(name="wasted_rerun_seconds", title="Billed for them", unit="seconds"),
        Column(name="retry_seconds", title="Retries", unit="seconds"),
        Column(name="blocked_rerun_seconds", title="Runs ended later by", unit="seconds"),
        Column(name="list_cost_usd", title="At list price", unit="usd"),
        Column(name="blocked_people_usd", title="Developers' time", unit="usd"),
        Column(name="expected_cost_usd", title="Expected next week", unit="usd"),
        Column(name="green_ratio", title="Suite green", unit="ratio"),
        Column(name="flaky_now_count", title="Flaky tests", unit="count", is_in_table=False),
        Column(name="judged_test_count", title="Judged tests", unit="count", is_in_table=False),
        Column(name="test_id", title="Identifier", unit="code", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    note=(
        "A re-run counts when all tests that had failed were flaky; they share what it cost. A row “suite” is the "
        "suite as it is now. Expected next week: of tests proposed for quarantine, machines and people together."
    ),
    more_sql="from marts.rpt_flaky_test_costs order by iso_week_start_date desc, blocked_people_usd desc nulls last",
)
