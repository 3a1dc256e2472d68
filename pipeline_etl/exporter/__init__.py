"""The newest value of every metric, for Prometheus. Reads marts only."""

from pipeline_etl.exporter.exposition import exposition, series_of
from pipeline_etl.exporter.gauges import GAUGES, SERIES_LIMIT, Gauge
from pipeline_etl.exporter.server import MetricsServer

__all__ = ["GAUGES", "SERIES_LIMIT", "Gauge", "MetricsServer", "exposition", "series_of"]
