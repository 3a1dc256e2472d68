"""What the catalogue of metrics promises to whoever writes a rule on it."""

import re

import pytest

from pipeline_etl.exporter import GAUGES
from pipeline_etl.exporter.gauges import Gauge
from tests.declared_marts import declared_marts

EVERY_GAUGE = pytest.mark.parametrize("gauge", GAUGES, ids=lambda gauge: gauge.name)
UNITS = ("_seconds", "_ratio", "_usd", "_bytes")
COUNTED = {
    "ci_api_budget_requests",
    "ci_api_budget_left_requests",
    "ci_runs",
    "ci_tests",
    "ci_cache_lookups",
    "ci_cache_exact_hits",
    "ci_failed_jobs",
    "ci_open_breakages",
    "ci_extraction_problems",
}


def test_names_are_unique():
    names = [gauge.name for gauge in GAUGES]

    assert sorted(set(names)) == sorted(names)


@EVERY_GAUGE
def test_a_name_says_its_unit_or_what_is_counted(gauge: Gauge):
    bare = re.sub(r"_p\d\d$", "", gauge.name)

    assert re.fullmatch(r"ci_[a-z0-9_]+", gauge.name)
    assert bare.endswith(UNITS) or gauge.name in COUNTED


@EVERY_GAUGE
def test_what_is_read_is_declared_by_the_mart(gauge: Gauge):
    columns = declared_marts()[gauge.mart]

    assert {*gauge.labels, *filter(None, (gauge.value, gauge.rank))} <= set(columns)


@EVERY_GAUGE
def test_no_label_holds_an_id_a_commit_or_free_text(gauge: Gauge):
    allowed = {"workflow_name", "waste_cause", "flakiness_class", "failure_class", "item_kind", "problem_kind"}

    assert set(gauge.labels) <= allowed
