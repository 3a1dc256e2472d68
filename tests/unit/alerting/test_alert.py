"""What is read of the marts, and the age that no mart can tell."""

from datetime import timedelta

import duckdb
import pytest

from pipeline_etl.alerting import ALERT_READS, read_alerts, stale_alerts
from pipeline_etl.errors import ReportError
from tests.declared_marts import declared_marts, marts_ddl


@pytest.fixture
def connection():
    with duckdb.connect() as made:
        made.execute("set TimeZone = 'UTC'")
        made.execute(marts_ddl())
        yield made


def add_repository(connection, number, name, as_of_at, *, is_archive):
    connection.execute(
        "insert into marts.dim_repositories (provider, repository_id, repository_name, as_of_at, is_recorded_archive) "
        "values ('github', ?, ?, ?, ?)",
        [number, name, as_of_at, is_archive],
    )


def add_alert(connection, alert_id, severity, opened_at, repository_id=1):
    connection.execute(
        "insert into marts.rpt_alerts (alert_id, provider, repository_id, repository_name, severity, alert_state, opened_at) "
        "values (?, 'github', ?, 'acme/shop', ?, 'open', ?)",
        [alert_id, repository_id, severity, opened_at],
    )


def test_every_column_that_is_read_is_declared():
    marts = declared_marts()

    assert [(mart, name) for mart, names in ALERT_READS.items() for name in names if name not in marts[mart]] == []


def test_the_gravest_come_first_then_the_latest(connection, now):
    add_repository(connection, 1, "acme/shop", now, is_archive=False)
    add_repository(connection, 2, "acme/old", now, is_archive=True)
    add_alert(connection, "old", "warning", now - timedelta(days=2))
    add_alert(connection, "new", "warning", now)
    add_alert(connection, "grave", "critical", now - timedelta(days=9), repository_id=2)

    read = read_alerts(connection)

    assert [(alert.alert_id, alert.is_archive) for alert in read] == [("grave", True), ("new", False), ("old", False)]
    assert [alert.is_as_grave_as("critical") for alert in read] == [True, False, False]


def test_a_missing_mart_is_an_error_with_a_name(connection):
    connection.execute("drop table marts.rpt_alerts")

    with pytest.raises(ReportError, match="rpt_alerts"):
        read_alerts(connection)


def test_a_live_repository_known_no_further_than_a_day_and_a_half_ago_is_stale_and_an_archive_is_not(connection, now):
    add_repository(connection, 1, "acme/shop", now - timedelta(hours=37), is_archive=False)
    add_repository(connection, 2, "acme/fresh", now - timedelta(hours=36), is_archive=False)
    add_repository(connection, 3, "acme/archive", now - timedelta(days=400), is_archive=True)

    (stale,) = stale_alerts(connection, now=now)

    assert (stale.repository_name, stale.alert_value, stale.is_open) == ("acme/shop", 37 * 3600, True)
    assert stale_alerts(connection, now=now + timedelta(minutes=1))[1].alert_id == stale.alert_id
