"""What the service said exists against what is stored."""

from collections.abc import Mapping
from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart, Colour
from pipeline_etl.reports.section import Column, Repository, Row, Rows, Section
from pipeline_etl.wording import count, listed, percent

SERIES: Final[dict[str, Colour]] = {
    "stored": "blue",
    "still owed": "sky",
    "expired": "orange",
    "gone": "grey",
    "not permitted": "purple",
    "could not be read": "red",
}
COUNTS: Final = {
    "stored": "stored_count",
    "still owed": "not_yet_count",
    "expired": "expired_count",
    "gone": "gone_count",
    "not permitted": "not_permitted_count",
    "could not be read": "error_count",
}
KIND_NAMES: Final[Mapping[str, str]] = {
    "run_attempt": "Run attempts",
    "job_log": "Job logs",
    "artifact": "Artifacts",
    "workflow_file": "Workflow files",
    "annotations": "Annotations",
}


def kind_name(row: Row) -> str:
    """The reader's word for a kind of the ledger; a word that is new stays as it is."""
    word: str = row["item_kind"]
    return KIND_NAMES.get(word, word)


def advise(rows: Rows, _: Repository) -> str:
    """Name the kinds below the floor of 99 %, and why."""
    if not rows:
        return "No ledger is stored for this repository: how complete it is is not known."
    below = [row for row in rows if row["is_below_floor"]]
    if not below:
        return "At least 99 % of everything the service said exists, and that tables can hold, is stored."
    parts = [f"{kind_name(row).lower()} ({percent(row['coverage_ratio'])})" for row in below]
    sentences = [f"Below 99 %: {listed(parts)}."]
    if any(row["not_yet_count"] for row in below):
        sentences.append("Run the sync again: some of it is still owed.")
    if any(row["expired_count"] for row in below):
        sentences.append("What expired cannot be had any more; sync more often than the service keeps it.")
    if any(row["not_permitted_count"] for row in below):
        sentences.append("Give the token the permission that is named among the problems; it is read then.")
    if any(row["error_count"] for row in below):
        sentences.append("What could not be read is listed below.")
    return " ".join(sentences)


def draw(rows: Rows) -> list[Chart]:
    """Share of each kind by what became of it."""
    lines = []
    for row in rows:
        wanted = (row["known_count"] or 0) - (row["not_wanted_count"] or 0)
        if wanted > 0:
            lines.append(
                Bar(
                    name=kind_name(row),
                    parts={name: (row[column] or 0) / wanted for name, column in COUNTS.items()},
                    label=f"of {count(wanted)}",
                )
            )
    if not lines:
        return []
    return [
        bars(
            lines,
            title="What became of the things the service said exist",
            description="; ".join(
                f"{line.name}: {percent(line.parts['stored'])} stored {line.label}" for line in lines
            ),
            series=SERIES,
            unit="ratio",
            is_share=True,
        )
    ]


SECTION: Final = Section(
    name="completeness",
    label="Completeness",
    question="What are we missing?",
    definition="completeness",
    reads={
        "rpt_completeness": (
            "repository_id",
            "item_kind",
            "coverage_ratio",
            "known_count",
            "stored_count",
            "not_yet_count",
            "expired_count",
            "gone_count",
            "not_permitted_count",
            "error_count",
            "not_wanted_count",
            "is_below_floor",
        )
    },
    columns=(
        Column(name="item_kind", title="Kind", unit="text", words=KIND_NAMES),
        Column(name="coverage_ratio", title="Share stored", unit="ratio"),
        Column(name="known_count", title="Known", unit="count"),
        Column(name="stored_count", title="Stored", unit="count"),
        Column(name="not_yet_count", title="Still owed", unit="count"),
        Column(name="expired_count", title="Expired", unit="count"),
        Column(name="gone_count", title="Gone", unit="count"),
        Column(name="not_permitted_count", title="Not permitted", unit="count"),
        Column(name="error_count", title="Not readable", unit="count"),
        Column(name="not_wanted_count", title="Nothing in it", unit="count"),
        Column(name="is_below_floor", title="Below 99 %", unit="flag"),
    ),
    advise=advise,
    draw=draw,
    note="“Nothing in it” are artifacts without any data a table can hold, and what is not asked for on purpose; they "
    "do not count as missing.",
    more_sql="from marts.rpt_completeness",
)
