"""What advice reads is what dbt declares."""

import duckdb
import pytest

from pipeline_etl.advice.marts import READS, read
from pipeline_etl.errors import ReportError
from tests.declared_marts import declared_marts, marts_ddl


@pytest.mark.parametrize("mart", READS)
def test_every_column_that_is_read_is_declared(mart):
    assert set(READS[mart]) <= set(declared_marts()[mart])


@pytest.mark.parametrize("mart", READS)
def test_a_mart_without_rows_is_read_as_one(mart):
    with duckdb.connect() as connection:
        connection.execute(marts_ddl())

        assert read(connection, mart) == []


def test_a_warehouse_of_older_models_is_an_error_that_says_so():
    with duckdb.connect() as connection, pytest.raises(ReportError, match="do not hold what advice reads"):
        read(connection, "rpt_declared_jobs")
