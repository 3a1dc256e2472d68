"""What to do first, and what is not known well enough to say."""

from typing import Final

from pipeline_etl.reports.section import Column, Repository, Row, Rows, Section
from pipeline_etl.wording import byte_size, duration, money, plural, quoted

KINDS: Final = {
    "cache": "cache",
    "timeout": "time limit",
    "runner": "runner",
    "matrix_leg": "matrix leg",
    "retention": "retention",
}
"""Kind → what a reader calls it."""

ACTIONS: Final = {
    "key_changes_every_time": "take what changes with every run out of its key",
    "never_hits": "mend its key or path, or take it out",
    "kept_by_other_branches": "let a run of the default branch save it, for all branches to read",
    "costs_more_than_it_saves": "take it out",
    "evicted_too_early": "make it smaller, or keep fewer of it",
    "key_too_specific": "key it by the lock file alone",
    "limit_missing": "set timeout-minutes",
    "limit_too_loose": "lower timeout-minutes",
    "limit_too_tight": "raise timeout-minutes",
    "memory_up": "give it more memory",
    "disk_full": "clear its disk, or take a larger one",
    "size_up": "take a larger runner, or share its work out",
    "size_down": "take a smaller runner",
    "never_finds_alone": "run it by night, or before a release",
    "kept_longer_than_reruns": "set retention-days to 30",
    "not_enough_data": "nothing yet",
}
"""Reason → what to do."""


def advise(rows: Rows, _: Repository) -> str:
    """Name the first thing to do, with what it gains, and how much cannot be said yet."""
    grounded = [row for row in rows if row["needed_text"] is None]
    unknown = [row for row in rows if row["needed_text"] is not None]
    sentences = []
    if grounded:
        first = grounded[0]
        sentences.append(
            f"First, {KINDS[first['advice_kind']]} of {quoted(first['advised_name'])}: "
            f"{ACTIONS[first['advice_reason']]}{_gain(first)}."
        )
    if unknown:
        count = sum(row["thing_count"] for row in unknown)
        first = unknown[0]
        sentences.append(
            f"Of {plural(count, 'thing')} too little is known; a {KINDS[first['advice_kind']]} {first['needed_text']}."
        )
    if not rows:
        return "No cache, limit, runner, matrix or artifact is known to need a change, nor which are well as they are."
    return " ".join(sentences)


def _gain(row: Row) -> str:
    """What it saves in 30 days, in its first unit."""
    if row["gain_usd"] is not None and row["gain_usd"] > 0:
        return f", which saves {money(row['gain_usd'])} in 30 days at list price"
    if row["gain_seconds"]:
        return f", which saves {duration(row['gain_seconds'])} of runner time in 30 days"
    if row["gain_bytes"]:
        return f", which frees {byte_size(row['gain_bytes'])}"
    return ""


SECTION: Final = Section(
    name="advice",
    label="Advice",
    question="What should we do first?",
    definition="advice",
    reads={
        "rpt_advice": (
            "repository_id",
            "advice_kind",
            "advice_reason",
            "workflow_name",
            "advised_name",
            "subject_id",
            "evidence_text",
            "gain_usd",
            "gain_seconds",
            "gain_seconds_low",
            "gain_seconds_high",
            "gain_bytes",
            "advice_confidence",
            "needed_text",
        )
    },
    columns=(
        Column(name="advice_kind", title="Of", unit="text", words=KINDS),
        Column(name="workflow_name", title="Workflow", unit="code", is_in_table=False),
        Column(name="advised_name", title="What", unit="code"),
        Column(name="advice_reason", title="Do", unit="text", words=ACTIONS),
        Column(name="gain_usd", title="Saves, list price", unit="usd"),
        Column(
            name="gain_seconds",
            title="Saves, runner time",
            unit="seconds",
            low="gain_seconds_low",
            high="gain_seconds_high",
        ),
        Column(name="gain_seconds_low", title="Saves at least", unit="seconds", is_in_table=False),
        Column(name="gain_seconds_high", title="Saves at most", unit="seconds", is_in_table=False),
        Column(name="gain_bytes", title="Frees", unit="bytes"),
        Column(name="advice_confidence", title="Confidence", unit="text"),
        Column(name="evidence_text", title="Because", unit="text"),
        Column(name="needed_text", title="What is missing", unit="text"),
        Column(name="thing_count", title="Things", unit="count", is_in_table=False),
    ),
    advise=advise,
    note=(
        "Savings are of 30 days; intervals are of 90 %. Freed bytes are those the service holds less once artifacts of "
        "before have expired. A time limit saves what jobs took beyond it."
    ),
    more_sql="from marts.rpt_advice order by gain_usd desc nulls last, gain_seconds desc nulls last",
)
