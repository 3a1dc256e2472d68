"""What advice reads is what dbt declares."""

import duckdb
import pytest

from pipeline_etl.advice.marts import CLEAN_UP_READS, SCALING_READS, read
from pipeline_etl.errors import ReportError
from tests.declared_marts import declared_marts, marts_ddl

ALL_READS = [SCALING_READS, CLEAN_UP_READS]


@pytest.mark.parametrize("reads", ALL_READS)
def test_every_column_that_is_read_is_declared(reads):
    assert {mart: set(columns) - set(declared_marts()[mart]) for mart, columns in reads.items()} == {
        mart: set() for mart in reads
    }


@pytest.mark.parametrize("reads", ALL_READS)
def test_a_mart_without_rows_is_read_as_one(reads):
    with duckdb.connect() as connection:
        connection.execute(marts_ddl())

        assert read(connection, reads) == {mart: [] for mart in reads}


def test_a_warehouse_of_older_models_is_an_error_that_says_so():
    with duckdb.connect() as connection, pytest.raises(ReportError, match="do not hold what advice reads"):
        read(connection, SCALING_READS)
