"""What came and could not be read."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.wording import count, plural, shortened


def advise(rows: Rows, repository: Repository) -> str:
    """What to do about the most frequent kind."""
    if not rows:
        if not repository.attempt_count:
            return "Nothing was read yet, so nothing could go wrong."
        return "Everything that came could be read."
    whole = sum(row["problem_count"] for row in rows)
    worst = rows[0]
    advice = shortened(worst["advice"], 300) if worst["advice"] else "Look at the example."
    return f"{plural(whole, 'thing')} could not be read; the rest is stored. For the most frequent kind: {advice}"


def draw(rows: Rows) -> list[Chart]:
    """Problems by kind."""
    lines = [
        Bar(
            name=row["problem_kind"], parts={"problems": float(row["problem_count"])}, label=count(row["problem_count"])
        )
        for row in rows[:8]
    ]
    if not lines:
        return []
    return [
        bars(
            lines,
            title="Extraction problems by kind",
            description="; ".join(f"{line.name}: {line.label}" for line in lines),
            series={"problems": "red"},
            unit="count",
        )
    ]


SECTION: Final = Section(
    name="problems",
    label="Problems",
    question="What could not be read?",
    definition="completeness",
    reads={
        "rpt_extraction_problems": (
            "repository_id",
            "problem_kind",
            "item_kind",
            "item_id",
            "file_path",
            "message",
            "advice",
            "occurred_at",
        )
    },
    columns=(
        Column(name="problem_kind", title="Problem", unit="code"),
        Column(name="item_kind", title="In", unit="text"),
        Column(name="problem_count", title="How often", unit="count"),
        Column(name="example_message", title="First message", unit="text"),
        Column(name="example_file_path", title="File", unit="code"),
        Column(name="advice", title="What to do", unit="text"),
        Column(name="first_occurred_at", title="First seen", unit="date"),
        Column(name="last_occurred_at", title="Last seen", unit="date"),
    ),
    advise=advise,
    draw=draw,
    more_sql="from marts.rpt_extraction_problems",
)
