"""What is beyond its threshold, told to people: read from the marts, sent once, closed when it is over.

Telling stands in ``delivery`` and ``channels``: who only reads does not wait for what speaks to services.
"""

from pipeline_etl.alerting.alert import ALERT_READS, SEVERITIES, Alert, read_alerts, stale_alerts

__all__ = ["ALERT_READS", "SEVERITIES", "Alert", "read_alerts", "stale_alerts"]
