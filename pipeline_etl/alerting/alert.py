"""An alert as the marts have it, and the one that no mart can have: that the warehouse itself is old."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import duckdb

from pipeline_etl.errors import ReportError

SEVERITIES: Final = ("critical", "warning", "info")
"""The gravest first."""

STALE_RULE: Final = "data_stale"
STALE_AFTER: Final = timedelta(hours=36)
"""A night that was missed; one that is late is none."""

ALERT_READS: Final[Mapping[str, Sequence[str]]] = {
    "rpt_alerts": (
        "alert_id",
        "repository_name",
        "rule_name",
        "entity_kind",
        "entity_name",
        "workflow_name",
        "severity",
        "digest_name",
        "alert_state",
        "opened_at",
        "last_seen_at",
        "resolved_at",
        "alert_value",
        "threshold_value",
        "metric_unit",
        "evidence_url",
        "is_notifiable",
    ),
    "dim_repositories": ("provider", "repository_id", "repository_name", "is_recorded_archive", "as_of_at"),
}
"""Mart → columns that are read."""


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One episode of one rule. ``is_archive`` says that it is of recorded history, of which nobody is told."""

    alert_id: str
    repository_name: str
    rule_name: str
    entity_kind: str
    entity_name: str | None
    workflow_name: str | None
    severity: str
    digest_name: str | None
    alert_state: str
    opened_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None
    alert_value: float
    threshold_value: float
    metric_unit: str
    evidence_url: str | None
    is_notifiable: bool
    is_archive: bool

    @property
    def is_open(self) -> bool:
        """Whether it is bad now."""
        return self.alert_state == "open"

    def is_as_grave_as(self, severity: str) -> bool:
        """Whether it is of this severity or a graver one."""
        return SEVERITIES.index(self.severity) <= SEVERITIES.index(severity)


def read_alerts(connection: duckdb.DuckDBPyConnection) -> list[Alert]:
    """Every alert of the warehouse: the gravest first, then the latest. Raises ReportError when a mart is missing."""
    columns = ", ".join(f"alerts.{name}" for name in ALERT_READS["rpt_alerts"])
    query = f"""
        select {columns}, coalesce(repositories.is_recorded_archive, false) as is_archive
        from marts.rpt_alerts as alerts
        left join marts.dim_repositories as repositories using (provider, repository_id)
        order by
            list_position(['critical', 'warning', 'info'], alerts.severity), alerts.opened_at desc, alerts.alert_id
    """
    try:
        rows = connection.execute(query)
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise ReportError(f"the marts do not hold what alerts are read from: {error}") from error
    names = [column[0] for column in rows.description or ()]
    return [Alert(**dict(zip(names, row, strict=True))) for row in rows.fetchall()]


def stale_alerts(connection: duckdb.DuckDBPyConnection, *, now: datetime) -> list[Alert]:
    """One for each live repository that is known no further than a day and a half ago; an archive does not age."""
    rows = connection.execute(
        "select repository_name, as_of_at from marts.dim_repositories "
        "where as_of_at is not null and not coalesce(is_recorded_archive, false) order by repository_name"
    ).fetchall()
    return [_stale(name, as_of_at, now=now) for name, as_of_at in rows if now - as_of_at > STALE_AFTER]


def _stale(repository_name: str, as_of_at: datetime, *, now: datetime) -> Alert:
    told = f"{STALE_RULE}|{repository_name}|{as_of_at.isoformat()}"
    return Alert(
        alert_id=hashlib.md5(told.encode(), usedforsecurity=False).hexdigest(),
        repository_name=repository_name,
        rule_name=STALE_RULE,
        entity_kind="repository",
        entity_name="all workflows",
        workflow_name=None,
        severity="critical",
        digest_name=None,
        alert_state="open",
        opened_at=as_of_at + STALE_AFTER,
        last_seen_at=now,
        resolved_at=None,
        alert_value=(now - as_of_at).total_seconds(),
        threshold_value=STALE_AFTER.total_seconds(),
        metric_unit="seconds",
        evidence_url=None,
        is_notifiable=True,
        is_archive=False,
    )
