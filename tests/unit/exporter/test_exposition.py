"""Marts → Prometheus' text: bounded, escaped, and silent about what is not known."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from pipeline_etl.errors import ReportError
from pipeline_etl.exporter import GAUGES, SERIES_LIMIT, Gauge, exposition, series_of
from pipeline_etl.exporter.exposition import label_name
from tests.declared_marts import marts_ddl

WALL = next(gauge for gauge in GAUGES if gauge.name == "ci_pipeline_wall_seconds_p50")
TESTS = next(gauge for gauge in GAUGES if gauge.name == "ci_tests")
OPEN = next(gauge for gauge in GAUGES if gauge.name == "ci_oldest_open_run_timestamp_seconds")


@pytest.fixture
def marts():
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(marts_ddl())
        yield connection


def add_workflow(marts, name, *, wall_seconds=60.0, run_count=10, repository="acme/shop"):
    marts.execute(
        "insert into marts.rpt_pipeline_durations (repository_name, workflow_name, period_kind, wall_seconds_p50, run_count)"
        " values (?, ?, 'last_30_days', ?, ?)",
        [repository, name, wall_seconds, run_count],
    )


def parsed(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    return {
        family.name: [(sample.labels, sample.value) for sample in family.samples]
        for family in text_string_to_metric_families(text)
    }


def test_every_metric_is_told_of_even_without_a_value(marts):
    assert {*parsed(exposition(marts))} == {*(gauge.name for gauge in GAUGES), "ci_exporter_series_dropped"}


def test_a_value_is_the_mart_s(marts):
    add_workflow(marts, "CI", wall_seconds=61.5)

    assert parsed(exposition(marts))[WALL.name] == [({"repository": "acme/shop", "workflow": "CI"}, 61.5)]


def test_a_column_in_minutes_is_a_metric_in_seconds(marts):
    marts.execute(
        "insert into marts.rpt_costs (repository_name, workflow_name, period_kind, billed_minute_count)"
        " values ('r', 'CI', 'last_30_days', 4)"
    )

    assert parsed(exposition(marts))["ci_billed_seconds"] == [({"repository": "r", "workflow": "CI"}, 240.0)]


def test_unknown_is_no_series_and_never_zero(marts):
    add_workflow(marts, "CI", wall_seconds=None)

    assert series_of(marts, WALL)[0] == []


def test_rows_are_counted_by_class(marts):
    marts.execute(
        "insert into marts.fct_test_flakiness (repository_name, is_current, flakiness_class)"
        " values ('r', true, 'flaky'), ('r', true, 'flaky'), ('r', true, 'healthy'), ('r', false, 'flaky')"
    )

    assert dict(series_of(marts, TESTS)[0]) == {("r", "flaky"): 2.0, ("r", "healthy"): 1.0}


def test_the_oldest_run_that_has_not_ended_is_the_one_told_of(marts):
    marts.execute(
        "insert into marts.fct_run_attempts (repository_name, status, created_at) values"
        " ('r', 'queued', to_timestamp(200)), ('r', 'in_progress', to_timestamp(100)), ('r', 'completed', to_timestamp(1))"
    )

    assert series_of(marts, OPEN)[0] == [(("r",), 100.0)]


def test_a_metric_is_bounded_for_each_repository_and_says_what_it_left_out(marts):
    for number in range(SERIES_LIMIT + 3):
        add_workflow(marts, f"w{number}", run_count=number)
    add_workflow(marts, "CI", repository="acme/quiet")

    series, dropped = series_of(marts, WALL)

    assert len(series) == SERIES_LIMIT + 1
    assert dropped == {"acme/shop": 3}
    assert ("acme/shop", "w0") not in dict(series), "the busiest stay"
    assert parsed(exposition(marts))["ci_exporter_series_dropped"] != []


@given(name=st.text(min_size=1, max_size=300))
def test_any_name_of_a_workflow_is_one_series_that_can_be_read_back(name):
    with duckdb.connect() as marts:
        marts.execute(marts_ddl_of_one())
        add_workflow(marts, name)

        text = exposition(marts, gauges=(WALL,))

        (only,) = parsed(text)[WALL.name]
        assert only[1] == 60.0
        assert not {character for character in only[0]["workflow"] if ord(character) < 32}


def test_a_missing_mart_is_named(marts):
    marts.execute("drop table marts.rpt_pipeline_durations")

    with pytest.raises(ReportError, match="rpt_pipeline_durations"):
        exposition(marts)


def test_labels_drop_the_suffix_of_their_column():
    assert [label_name(column) for column in ("workflow_name", "item_kind")] == ["workflow", "item_kind"]


def marts_ddl_of_one() -> str:
    """The one mart of the property: a hundred times all of them takes a minute."""
    return "create schema marts; " + next(line for line in marts_ddl().splitlines() if f"marts.{WALL.mart} " in line)


def test_a_gauge_of_one_s_own_reads_like_the_others(marts):
    own = Gauge(name="ci_repositories", documentation="Repositories.", mart="dim_repositories", value=None, total="sum")
    marts.execute("insert into marts.dim_repositories (repository_name) values ('r')")

    assert parsed(exposition(marts, gauges=(own,)))["ci_repositories"] == [({"repository": "r"}, 1.0)]
