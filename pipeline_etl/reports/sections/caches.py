"""Whether the caches pay."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart, Colour
from pipeline_etl.reports.section import Column, Repository, Row, Rows, Section
from pipeline_etl.wording import count, duration, percent, plural, quoted

SERIES: Final[dict[str, Colour]] = {"exact hit": "blue", "partial hit": "sky", "miss": "orange"}
COUNTS: Final = {"exact hit": "exact_count", "partial hit": "partial_count", "miss": "miss_count"}


def slot_name(row: Row) -> str:
    """Which cache it is: its job, and its step or key."""
    return " / ".join(row[part] for part in ("job_name", "step_name") if row[part]) or row["key_template"] or "unnamed"


def advise(rows: Rows, repository: Repository) -> str:
    """Name the cache that can never hit or costs more than it saves; else say what hits are worth."""
    if not repository.cache_lookup_count:
        return (
            "No cache lookup was found in any stored log, so nothing is known of caches"
            + (
                "; lookups of actions/cache and of setup actions with their cache on would be read from there."
                if repository.log_count
                else ": there are no logs. The service keeps them for 90 days; a sync with GITHUB_TOKEN fetches them."
            )
            + " No data is never healthy."
        )
    lookups, hits = (sum(row[name] or 0 for row in rows) for name in ("lookup_count", "exact_count"))
    sentences = (
        [f"{percent(hits / lookups)} of {plural(lookups, 'lookup')} found exactly what they asked for."]
        if lookups
        else []
    )
    apart = max(rows, key=lambda row: row["scope_miss_count"] or 0, default=None)
    if apart is not None and apart["scope_miss_count"]:
        sentences.append(
            f"{count(apart['scope_miss_count'])} of {plural(apart['scope_judged_miss_count'], 'miss', 'misses')} of "
            f"{quoted(slot_name(apart))} asked for a key that was there, for other branches only: let a run of the "
            "default branch save it, and all can read it."
        )
    never = [row for row in rows if row["is_never_hit"]]
    costly = [row for row in rows if row["verdict"] == "costs more than it saves"]
    paying = [row for row in rows if row["verdict"] == "pays off"]
    if never:
        sentences.append(
            f"{quoted(slot_name(never[0]))} never hit in {plural(never[0]['lookup_count'], 'lookup')}: mend its key or "
            "path, or take it out."
        )
    if costly:
        sentences.append(f"{quoted(slot_name(costly[0]))} costs more time than it saves: take it out.")
    if not never and not costly and paying:
        best = max(paying, key=lambda row: row["net_benefit_seconds"] or 0.0)
        sentences.append(
            f"{quoted(slot_name(best))} pays most: {duration(best['net_benefit_seconds'])} a job after its own cost."
        )
    if not never and not costly and not paying:
        sentences.append("Whether they save time is not known: that needs 3 misses and 5 hits that are comparable.")
    return " ".join(sentences)


def draw(rows: Rows) -> list[Chart]:
    """Lookups of each cache by how they ended."""
    lines = [
        Bar(
            name=row["key_template"] or slot_name(row),
            parts={name: (row[column] or 0) / row["lookup_count"] for name, column in COUNTS.items()},
            label=f"of {count(row['lookup_count'])}",
        )
        for row in rows
        if row["lookup_count"]
    ][:12]
    whole, hits = (sum(row[name] or 0 for row in rows) for name in ("lookup_count", "exact_count"))
    if not lines:
        return []
    return [
        bars(
            lines,
            title="How lookups ended, all history",
            description="; ".join(
                f"{line.name}: {percent(line.parts['exact hit'])} exact {line.label} lookups" for line in lines
            ),
            series=SERIES,
            unit="ratio",
            is_share=True,
            finding=f"{percent(hits / whole)} of {count(whole)} lookups hit exactly",
        )
    ]


SECTION: Final = Section(
    name="caches",
    label="Caches",
    question="Do our caches pay off?",
    definition="caches",
    reads={
        "fct_cache_effectiveness": (
            "provider",
            "repository_id",
            "cache_slot_id",
            "period_kind",
            "workflow_name",
            "job_name",
            "step_name",
            "cache_tool",
            "key_template",
            "lookup_count",
            "exact_count",
            "partial_count",
            "miss_count",
            "scope_miss_count",
            "scope_judged_miss_count",
            "error_count",
            "saved_count",
            "exact_ratio",
            "any_ratio",
            "saving_seconds",
            "saving_seconds_low",
            "saving_seconds_high",
            "net_benefit_seconds",
            "cache_bytes_p50",
            "is_never_hit",
            "verdict",
        )
    },
    columns=(
        Column(name="workflow_name", title="Workflow", unit="code", is_in_table=False),
        Column(name="job_name", title="Job", unit="code"),
        Column(name="step_name", title="Step", unit="code", is_in_table=False),
        Column(name="key_template", title="Key", unit="code"),
        Column(name="cache_tool", title="Tool", unit="code", is_in_table=False),
        Column(name="lookup_count", title="Lookups", unit="count"),
        Column(name="exact_count", title="Exact", unit="count"),
        Column(name="partial_count", title="Partial", unit="count", is_spare=True),
        Column(name="miss_count", title="Missed", unit="count", is_spare=True),
        Column(name="scope_miss_count", title="There for other branches", unit="count", is_spare=True),
        Column(name="scope_judged_miss_count", title="Misses this is known of", unit="count", is_in_table=False),
        Column(name="error_count", title="Errors", unit="count", is_in_table=False),
        Column(name="exact_ratio", title="Exact hits", unit="ratio"),
        Column(name="any_ratio", title="Any hits", unit="ratio", is_in_table=False),
        Column(name="recent_lookup_count", title="Lookups, last 30 days", unit="count", is_in_table=False),
        Column(name="recent_exact_ratio", title="Last 30 days", unit="ratio"),
        Column(name="recent_any_ratio", title="Any hits, last 30 days", unit="ratio", is_in_table=False),
        Column(
            name="saving_seconds",
            title="A hit saves",
            unit="seconds",
            low="saving_seconds_low",
            high="saving_seconds_high",
        ),
        Column(name="saving_seconds_low", title="A hit saves at least", unit="seconds", is_in_table=False),
        Column(name="saving_seconds_high", title="A hit saves at most", unit="seconds", is_in_table=False),
        Column(name="net_benefit_seconds", title="Net, per job", unit="seconds"),
        Column(name="saved_count", title="Saved", unit="count", is_in_table=False),
        Column(name="cache_bytes_p50", title="Size", unit="bytes", is_in_table=False),
        Column(name="is_never_hit", title="Never hit", unit="flag", is_in_table=False),
        Column(name="verdict", title="Verdict", unit="text"),
    ),
    advise=advise,
    draw=draw,
    note=(
        "All history unless it says otherwise. A hit is exact when the key restored is the key asked for. “A hit "
        "saves” compares the next dependency or build step after hits and after misses at most 14 days apart, with "
        "its 90 % interval. “There for other branches”: the list of caches shows the key of a miss, out of its reach."
    ),
    more_sql="from marts.fct_cache_effectiveness where period_kind = 'all_history' order by lookup_count desc",
)
