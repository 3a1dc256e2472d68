"""An alert in words, for a chat and for an issue. Names come from the service: they stay names in either."""

from typing import Final

from pipeline_etl.alerting.alert import STALE_RULE, Alert
from pipeline_etl.reports.markdown import code, text
from pipeline_etl.reports.sections.alerts import rule_words
from pipeline_etl.wording import NUMERIC_UNITS, instant, shortened, shown, web_address

LONGEST_TITLE: Final = 180


def what(alert: Alert) -> str:
    """The rule, for a reader."""
    return "data is old" if alert.rule_name == STALE_RULE else rule_words(alert.rule_name)


def value(alert: Alert) -> str:
    """What was measured."""
    return _amount(alert.alert_value, alert.metric_unit)


def threshold(alert: Alert) -> str:
    """What it was compared with."""
    return _amount(alert.threshold_value, alert.metric_unit)


def mark(alert: Alert) -> str:
    """What an issue is known by, whatever becomes of its title. Nothing in it comes from the service."""
    return f"<!-- pipeline_etl alert {alert.alert_id} -->"


def issue_title(alert: Alert) -> str:
    """One line, no mention in it."""
    words = f"{alert.severity}: {what(alert)}: {alert.entity_name or alert.repository_name}"
    return shortened(words, LONGEST_TITLE).replace("@", "@\u2060").replace("#", "#\u2060")


def issue_body(alert: Alert) -> str:
    """The facts as a list, and the mark."""
    lines = [
        mark(alert),
        f"**{what(alert).capitalize()}**: {code(shortened(alert.entity_name or alert.repository_name))}",
        "",
        f"- measured {text(value(alert))}, against {text(threshold(alert))}",
        f"- since {instant(alert.opened_at)}, last seen {instant(alert.last_seen_at)}",
        f"- severity {text(alert.severity)}",
    ]
    if alert.workflow_name:
        lines.append(f"- workflow {code(shortened(alert.workflow_name))}")
    address = web_address(alert.evidence_url)
    if address:
        lines.append(f"- evidence: <{address}>")
    over = f"Over: it was clean twice in a row, the second time {instant(alert.resolved_at)}."
    open_still = "This issue is kept up to date and closed when it is over."
    return "\n".join([*lines, "", open_still if alert.is_open else over, ""])


def chat_line(alert: Alert) -> str:
    """One line for Slack."""
    state = "open" if alert.is_open else "over"
    address = web_address(alert.evidence_url)
    link = f" <{address.replace('|', '%7C')}|evidence>" if address else ""
    return (
        f"*{state}, {slack(alert.severity)}*: {slack(what(alert))}, {slack(alert.entity_name or '')} "
        f"in {slack(alert.repository_name)}: {slack(value(alert))} against {slack(threshold(alert))}, "
        f"since {instant(alert.opened_at)}.{link}"
    )


def slack(words: str) -> str:
    """Words that stay words in Slack: no mention, no link, no emphasis."""
    escaped = shortened(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A word joiner after each mark keeps it from opening or closing anything.
    return "".join(f"{char}\u2060" if char in "*_~`@:" else char for char in escaped)


def _amount(number: float, unit: str) -> str:
    for known in NUMERIC_UNITS:
        if known == unit:
            return shown(number, known)
    return shown(number, "number")
