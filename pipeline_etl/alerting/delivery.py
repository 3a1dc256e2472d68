"""Who is told what: every alert once when it opens, and once when it is over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline_etl.alerting.alert import STALE_RULE, Alert
from pipeline_etl.alerting.channels import Channel
from pipeline_etl.alerting.journal import Entry, Journal
from pipeline_etl.errors import PipelineError


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """One alert told to one channel; ``error`` when it was not taken, and is told the next time."""

    channel: str
    alert: Alert
    error: PipelineError | None = None


def deliver(
    alerts: Sequence[Alert], channels: Sequence[Channel], journal: Journal, *, now: datetime
) -> list[Delivered]:
    """Tell each channel what it does not know yet; what one does not take keeps nothing from the others.

    News that is open and was not told is told. Of what was told before, the end is told, and where the channel keeps up
    to date also that it was seen again. Of history, and of archives, nothing is told.

    Raises:
        DeliveryBusy: another process does the same.
    """
    with journal.held():
        return [
            _told(alert, channel, journal, now=now)
            for channel in channels
            for alert in _due([*alerts, *_fresh_again(alerts, channel, journal, now=now)], channel, journal)
        ]


def _told(alert: Alert, channel: Channel, journal: Journal, *, now: datetime) -> Delivered:
    try:
        channel.tell(alert, now=now)
    except PipelineError as error:
        return Delivered(channel=channel.name, alert=alert, error=error)
    journal.add(channel.name, alert, now=now)
    return Delivered(channel=channel.name, alert=alert)


def _due(alerts: Sequence[Alert], channel: Channel, journal: Journal) -> list[Alert]:
    return [
        alert
        for alert in alerts
        if not alert.is_archive and _is_due(alert, journal.last(channel.name, alert.alert_id), channel)
    ]


def _is_due(alert: Alert, last: Entry | None, channel: Channel) -> bool:
    if last is None:
        return alert.is_open and alert.is_notifiable
    if alert.is_open != last.is_open:
        return True
    is_seen_again = alert.is_open and alert.last_seen_at > last.last_seen_at and alert.rule_name != STALE_RULE
    return channel.keeps_up_to_date and is_seen_again


def _fresh_again(alerts: Sequence[Alert], channel: Channel, journal: Journal, *, now: datetime) -> list[Alert]:
    """What was told to be old and is no longer: the marts do not know of it, so its end is told from the journal."""
    known = {alert.alert_id for alert in alerts}
    return [
        _over(entry, now=now)
        for entry in journal.open_entries(channel.name)
        if entry.rule_name == STALE_RULE and entry.alert_id not in known
    ]


def _over(entry: Entry, *, now: datetime) -> Alert:
    stale = Alert(
        alert_id=entry.alert_id,
        repository_name=entry.repository_name,
        rule_name=STALE_RULE,
        entity_kind="repository",
        entity_name="all workflows",
        workflow_name=None,
        severity="critical",
        digest_name=None,
        alert_state="open",
        opened_at=entry.told_at,
        last_seen_at=entry.last_seen_at,
        resolved_at=None,
        alert_value=0.0,
        threshold_value=0.0,
        metric_unit="seconds",
        evidence_url=None,
        is_notifiable=True,
        is_archive=False,
    )
    return replace(stale, alert_state="resolved", resolved_at=now)
