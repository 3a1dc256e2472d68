from graphlib import TopologicalSorter

from pipeline_etl.contracts.tables import TABLES, Jobs, TestResults
from pipeline_etl.orchestration.lineage import READ_FROM, column_schema, lake_key, raw_key


def test_every_table_has_its_place_in_the_lineage_and_there_is_no_circle() -> None:
    order = list(TopologicalSorter(READ_FROM).static_order())

    assert set(order) == set(TABLES) == set(READ_FROM)


def test_an_asset_is_called_as_its_table() -> None:
    assert lake_key(TestResults).to_user_string() == "lake/test_results"
    assert raw_key(TestResults).to_user_string() == "raw/test_results"


def test_dagster_shows_every_declared_column_with_type_and_meaning() -> None:
    columns = {column.name: column for column in column_schema(Jobs).columns}

    assert list(columns) == list(Jobs.columns())
    assert columns["job_id"].type == "BIGINT"
    assert columns["job_id"].constraints.nullable is False
    assert all(column.description for column in columns.values())
