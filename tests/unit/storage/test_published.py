"""Reading the published warehouse: in UTC, never writing, and an error with what to do."""

import duckdb
import pytest

from pipeline_etl.errors import StorageError
from pipeline_etl.storage import read_published


def test_a_reader_sees_utc_and_cannot_write(tmp_path):
    duckdb.connect(tmp_path / "warehouse.duckdb").close()

    with read_published(tmp_path / "warehouse.duckdb") as connection:
        assert connection.execute("select current_setting('TimeZone')").fetchone() == ("UTC",)
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            connection.execute("create table t (i int)")


def test_where_nothing_was_published_it_is_said_what_to_type(tmp_path):
    with pytest.raises(StorageError, match="make generate-pipeline-report"):
        read_published(tmp_path / "warehouse.duckdb")


def test_a_file_that_is_no_warehouse_is_named(tmp_path):
    (tmp_path / "warehouse.duckdb").write_text("not a database, and long enough to be asked for its header" * 100)

    with pytest.raises(StorageError, match="delete it to build it anew"):
        read_published(tmp_path / "warehouse.duckdb")
