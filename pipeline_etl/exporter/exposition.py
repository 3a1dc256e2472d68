"""Marts → the text a Prometheus server reads."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import duckdb
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from pipeline_etl.errors import ReportError
from pipeline_etl.exporter.gauges import GAUGES, SERIES_LIMIT, Gauge

DROPPED: Final = "ci_exporter_series_dropped"

LABEL_LENGTH: Final = 120
"""Longer names are cut; two that are alike until there keep the one that ranks first."""

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What would break a line or turn the text around, in names that anyone who opens a pull request may choose."""

Series = tuple[tuple[str, ...], float]
"""The values of the labels, the repository first, and the value."""


def exposition(connection: duckdb.DuckDBPyConnection, *, gauges: Sequence[Gauge] = GAUGES) -> str:
    """Every metric in Prometheus' text format. Raises ReportError when a mart is missing."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Marts(connection, gauges))
    return generate_latest(registry).decode("utf-8")


def series_of(connection: duckdb.DuckDBPyConnection, gauge: Gauge) -> tuple[list[Series], Counter[str]]:
    """The series of a metric, and of each repository how many more there would be."""
    try:
        rows = connection.execute(_query(gauge)).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise ReportError(f"the marts do not hold what {gauge.name} reads: {error}") from error
    kept: dict[tuple[str, ...], float] = {}
    per_repository: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    for repository_name, *labels, value in rows:
        key = (_label(repository_name), *(_label(label) for label in labels))
        if key in kept or per_repository[key[0]] == SERIES_LIMIT:
            dropped[key[0]] += 1
            continue
        per_repository[key[0]] += 1
        kept[key] = float(value)
    return list(kept.items()), dropped


def label_name(column: str) -> str:
    """``workflow_name`` is the label ``workflow``."""
    return column.removesuffix("_name")


class _Marts(Collector):
    def __init__(self, connection: duckdb.DuckDBPyConnection, gauges: Sequence[Gauge]) -> None:
        self._connection = connection
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        dropped_of: dict[str, Counter[str]] = {}
        for gauge in self._gauges:
            family = GaugeMetricFamily(
                gauge.name, gauge.documentation, labels=["repository", *map(label_name, gauge.labels)]
            )
            series, dropped_of[gauge.name] = series_of(self._connection, gauge)
            for labels, value in series:
                family.add_metric(labels, value)
            yield family
        family = GaugeMetricFamily(
            DROPPED, "Series left out, for a metric has a bound for each repository.", labels=["repository", "metric"]
        )
        for name, dropped in dropped_of.items():
            for repository_name, count in sorted(dropped.items()):
                family.add_metric([repository_name, name], count)
        yield family


def _query(gauge: Gauge) -> str:
    """Rows of repository, labels and value, the most important first; null is unknown and no series."""
    value = "1" if gauge.value is None else gauge.value
    if value.endswith("_at"):
        value = f"epoch({value})"
    if gauge.factor != 1:
        value = f"{value} * {gauge.factor}"
    if gauge.total is not None:
        value = f"{gauge.total}({value})"
    keys = ", ".join(("repository_name", *gauge.labels))
    grouping = "" if gauge.total is None else f"group by {keys}"
    rank = f"max({gauge.rank})" if gauge.rank and gauge.total else gauge.rank
    order = f"{rank} desc nulls last, {keys}" if rank else f"{'value desc, ' if gauge.total else ''}{keys}"
    filters = f"where {gauge.where} {'' if gauge.value is None else f'and {gauge.value} is not null'}"
    return f"select {keys}, {value} as value from marts.{gauge.mart} {filters} {grouping} order by {order}"


def _label(value: Any) -> str:
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value or ""))[:LABEL_LENGTH]
