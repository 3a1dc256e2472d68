"""What is beyond its threshold now, and was."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart, Colour
from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.wording import NUMERIC_UNITS, Unit, count, instant, plural, quoted, shown

RULES: Final = {
    "run_too_long": "run above its limit",
    "run_longer_than_usual": "run longer than usual",
    "duration_changed": "slower than it used to be",
    "memory_above_limit": "memory above its limit",
    "memory_near_machine": "memory nearly all of the machine",
    "memory_grew": "memory grew",
    "job_failed": "jobs fail",
    "queue_too_long": "wait for a runner",
    "test_became_flaky": "test is flaky",
    "cache_hits_fell": "cache hits fell",
    "cache_thrashes": "cache entries are thrown out early",
    "cost_jumped": "cost jumped",
    "cause_unknown": "cause of failures unknown",
    "sync_incomplete": "sync did not end",
}
"""Words of the rules for a reader; a rule that is new is shown by its own name."""

COLOURS: Final[dict[str, Colour]] = {"critical": "red", "warning": "orange", "info": "grey"}


def rule_words(rule_name: str) -> str:
    """The rule for a reader."""
    return RULES.get(rule_name, rule_name)


def advise(rows: Rows, repository: Repository) -> str:
    """The gravest alert that is open, with its value and its threshold."""
    if not repository.attempt_count:
        return "No runs are stored, so nothing was compared with any threshold. No data is never healthy."
    open_now = [row for row in rows if row["alert_state"] == "open"]
    if not open_now:
        return f"Nothing is beyond its threshold now; {plural(len(rows), 'earlier alert')}."
    worst = open_now[0]
    unit: Unit = next((known for known in NUMERIC_UNITS if known == worst["metric_unit"]), "number")
    value, threshold = shown(worst["alert_value"], unit), shown(worst["threshold_value"], unit)
    return (
        f"{plural(len(open_now), 'alert is', 'alerts are')} open. The first to look at: "
        f"{rule_words(worst['rule_name'])}, {quoted(worst['entity_name'])}, {value} against {threshold}, "
        f"since {instant(worst['opened_at'])}."
    )


def draw(rows: Rows) -> list[Chart]:
    """Open alerts by rule and severity."""
    by_rule: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["alert_state"] == "open" and row["severity"] in COLOURS:
            parts = by_rule.setdefault(rule_words(row["rule_name"]), {})
            parts[row["severity"]] = parts.get(row["severity"], 0.0) + 1
    lines = [Bar(name=name, parts=parts, label=count(sum(parts.values()))) for name, parts in by_rule.items()]
    if not lines:
        return []
    return [
        bars(
            lines,
            title="Open alerts",
            description="; ".join(f"{line.name}: {line.label}" for line in lines),
            series=COLOURS,
            unit="count",
        )
    ]


SECTION: Final = Section(
    name="alerts",
    label="Alerts",
    question="What is beyond its threshold?",
    definition="alerts",
    reads={
        "rpt_alerts": (
            "repository_id",
            "alert_id",
            "alert_state",
            "severity",
            "rule_name",
            "entity_kind",
            "entity_name",
            "workflow_name",
            "digest_name",
            "alert_value",
            "threshold_value",
            "metric_unit",
            "opened_at",
            "last_seen_at",
            "resolved_at",
            "is_notifiable",
            "evidence_url",
        )
    },
    columns=(
        Column(name="alert_id", title="Alert", unit="text", is_in_table=False),
        Column(name="alert_state", title="Now", unit="text"),
        Column(name="severity", title="Severity", unit="text"),
        Column(name="rule_name", title="Rule", unit="text", words=RULES),
        Column(name="entity_kind", title="Kind", unit="text", is_in_table=False),
        Column(name="entity_name", title="Where", unit="code", link="evidence_url"),
        Column(name="workflow_name", title="Workflow", unit="code", is_in_table=False),
        Column(name="digest_name", title="Digest", unit="text", is_in_table=False),
        Column(name="alert_value", title="Value", unit="number", unit_column="metric_unit"),
        Column(name="threshold_value", title="Threshold", unit="number", unit_column="metric_unit"),
        Column(name="metric_unit", title="Unit", unit="text", is_in_table=False),
        Column(name="opened_at", title="Since", unit="instant"),
        Column(name="last_seen_at", title="Last bad", unit="date", is_in_table=False),
        Column(name="resolved_at", title="Resolved", unit="date"),
        Column(name="is_notifiable", title="News", unit="flag", is_in_table=False),
        Column(name="evidence_url", title="Evidence", unit="url", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    note=(
        "An alert ends with two clean evaluations in a row. Thresholds are in dbt/seeds/alert_rules.csv, where a "
        "repository or a workflow may have its own; `make check-alerts` lists what is open and delivers it."
    ),
    more_sql="from marts.rpt_alerts order by opened_at desc",
)
