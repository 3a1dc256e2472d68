"""Tests that are not healthy now."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart, Colour
from pipeline_etl.reports.section import Column, Repository, Row, Rows, Section
from pipeline_etl.wording import commit, count, day, percent, plural, quoted

SERIES: Final[dict[str, Colour]] = {
    "flaky": "red",
    "suspect": "orange",
    "broken": "purple",
    "broken in one environment": "grey",
}
CLASS_NAMES: Final = {
    "flaky": "flaky",
    "suspect": "suspect",
    "broken": "broken",
    "env_broken": "broken in one environment",
    "gone": "gone",
    "healthy": "healthy",
    "insufficient_data": "not enough data",
}
"""Words of the mart → words for a reader."""


def class_name(word: str | None) -> str:
    """The reader's word for a class of the mart; a word that is new stays as it is."""
    return CLASS_NAMES.get(word or "", word or "unknown")


def no_tests(repository: Repository, *, of: str = "flaky tests") -> str:
    """What to say when there is nothing to judge, and nothing is known ``of`` what was asked."""
    if not repository.test_execution_count:
        return (
            f"No test results are stored, so nothing is known of {of}: no data is never healthy. Let the "
            "workflow write JUnit XML (for example pytest --junit-xml=report.xml) and upload it as an artifact, also "
            "when tests fail (actions/upload-artifact with if: always())."
        )
    return f"There are no test results in the last 30 days, so nothing is known of {of} now. No data is never healthy."


def advise(rows: Rows, repository: Repository) -> str:
    """Name the worst test, or say how many were judged."""
    if not repository.test_count:
        return no_tests(repository)
    judged = repository.test_count - repository.unjudged_test_count
    if not judged:
        return (
            f"{plural(repository.test_count, 'test')} ran in the last 30 days, none of them often enough to be judged. "
            "No data is never healthy."
        )
    broken = [row for row in rows if row["flakiness_class"] in {"broken", "env_broken"}]
    flaky = [row for row in rows if row["flakiness_class"] == "flaky"]
    suspects = [row for row in rows if row["flakiness_class"] == "suspect"]
    if not rows:
        return f"None of {plural(judged, 'judged test')} looks flaky or broken now" + (
            f"; {count(repository.unjudged_test_count)} more have run too seldom to be judged."
            if repository.unjudged_test_count
            else "."
        )
    sentences = []
    if flaky:
        worst = flaky[0]
        sentences.append(
            f"Mend or quarantine {quoted(worst['full_test_name'])} first: flaky with probability "
            f"{percent(worst['flake_score_ratio'])}, {plural(worst['incident_count'], 'incident')}.{_began(worst)}"
            f"{_shards(worst)}"
        )
    elif suspects:
        sentences.append(
            f"No test is flaky beyond doubt; run {quoted(suspects[0]['full_test_name'])} again and again to be sure."
        )
    if broken:
        are = "is" if len(broken) == 1 else "are"
        sentences.append(f"{plural(len(broken), 'test')} {are} broken, not flaky: re-running them is waste.")
    return " ".join(sentences)


def _began(row: Row) -> str:
    suspects = row["credible_commit_count"]
    if not suspects:
        return ""
    first, last = commit(row["first_suspect_sha"]), commit(row["last_suspect_sha"])
    which = f"commit {first}" if suspects == 1 else f"one of {plural(suspects, 'commit')}, {first} to {last}"
    return f" It began with {which}, about {day(row['onset_at'])}."


def _shards(row: Row) -> str:
    if not row["is_shard_dependent"]:
        return ""
    shards = plural(row["flaky_shard_count"], "shard")
    return f" It flakes in a suite of {shards} and in no other: look at what runs before it or beside it there."


def draw(rows: Rows) -> list[Chart]:
    """Score of each test by class; 80 % is where "flaky" begins."""
    lines = [
        Bar(
            name=row["full_test_name"],
            parts={class_name(row["flakiness_class"]): row["flake_score_ratio"] or 0.0},
            label=percent(row["flake_score_ratio"]),
        )
        for row in rows[:12]
        if class_name(row["flakiness_class"]) in SERIES
    ]
    if not lines:
        return []
    return [
        bars(
            lines,
            title="Probability that the test is flaky now",
            description="; ".join(f"{line.name}: {line.label}" for line in lines),
            series=SERIES,
            unit="ratio",
            is_share=True,
            finding=_counted(rows),
        )
    ]


def _counted(rows: Rows) -> str:
    words = [class_name(row["flakiness_class"]) for row in rows]
    return ", ".join(f"{count(words.count(word))} {word}" for word in SERIES if word in words)


SECTION: Final = Section(
    name="flaky_tests",
    label="Flaky tests",
    question="Which tests are flaky now?",
    definition="flake-score",
    reads={
        "fct_test_flakiness": (
            "provider",
            "repository_id",
            "test_id",
            "is_current",
            "suite_name",
            "class_name",
            "test_name",
            "file_path",
            "flakiness_class",
            "flake_score_ratio",
            "flake_rate_ratio",
            "flake_rate_ratio_low",
            "flake_rate_ratio_high",
            "confidence",
            "incident_count",
            "direct_incident_count",
            "bad_execution_count",
            "execution_count",
            "clean_execution_count",
            "last_incident_at",
            "top_evidence_code",
            "evidence_url",
        ),
        "rpt_flake_onsets": (
            "provider",
            "repository_id",
            "test_id",
            "onset_at",
            "onset_sha",
            "onset_ratio",
            "before_suspects_sha",
            "first_suspect_sha",
            "last_suspect_sha",
            "credible_commit_count",
        ),
        "rpt_flaky_test_layouts": (
            "provider",
            "repository_id",
            "test_id",
            "layout_shard_count",
            "layout_flake_count",
            "is_shard_dependent",
        ),
    },
    columns=(
        Column(name="full_test_name", title="Test", unit="code"),
        Column(name="suite_name", title="Suite", unit="code", is_in_table=False),
        Column(name="file_path", title="File", unit="code", is_in_table=False),
        Column(name="flakiness_class", title="Class", unit="text", words=CLASS_NAMES),
        Column(name="flake_score_ratio", title="Flaky now", unit="ratio"),
        Column(
            name="flake_rate_ratio",
            title="Fails for no reason",
            unit="ratio",
            low="flake_rate_ratio_low",
            high="flake_rate_ratio_high",
        ),
        Column(name="flake_rate_ratio_low", title="Fails at least", unit="ratio", is_in_table=False),
        Column(name="flake_rate_ratio_high", title="Fails at most", unit="ratio", is_in_table=False),
        Column(name="confidence", title="Confidence", unit="text", is_in_table=False),
        Column(name="incident_count", title="Incidents", unit="count"),
        Column(name="direct_incident_count", title="Proved by a pass", unit="count"),
        Column(name="bad_execution_count", title="Failed", unit="count"),
        Column(name="execution_count", title="Of executions", unit="count"),
        Column(name="clean_execution_count", title="Clean since", unit="count", is_in_table=False),
        Column(name="last_incident_at", title="Last incident", unit="date", link="evidence_url"),
        Column(name="top_evidence_code", title="Strongest evidence", unit="code", is_in_table=False),
        Column(name="evidence_url", title="Address of the evidence", unit="url", is_in_table=False),
        Column(name="test_id", title="Identifier", unit="code", is_in_table=False),
        Column(name="onset_at", title="Since", unit="date"),
        Column(name="onset_sha", title="Likeliest commit", unit="sha", is_spare=True),
        Column(name="onset_ratio", title="It began in the last 90 days", unit="ratio", is_in_table=False),
        Column(name="before_suspects_sha", title="Last commit before the suspects", unit="sha", is_in_table=False),
        Column(name="first_suspect_sha", title="First suspect", unit="sha", is_in_table=False),
        Column(name="last_suspect_sha", title="Last suspect", unit="sha", is_in_table=False),
        Column(name="credible_commit_count", title="Suspect commits", unit="count", is_in_table=False),
        Column(name="is_shard_dependent", title="With one number of shards only", unit="flag", is_in_table=False),
        Column(name="flaky_shard_count", title="Which is", unit="count", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    note=(
        "Last 30 days. Flaky: probability of 80 % or more; suspect: 30 % or more. “Fails for no reason” is the share "
        "of executions that fail although the code is good, with its 90 % interval. “Proved by a pass”: the same "
        "commit passed too. “Since”: the likeliest commit of the default branch, where it is 80 % sure that one of the "
        "last 90 days began it."
    ),
    more_sql="from marts.fct_test_flakiness where is_current order by flake_score_ratio desc nulls last",
)
