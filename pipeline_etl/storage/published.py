"""The published warehouse, for who reads it: needs DuckDB and nothing else, so that a reader need not wait to begin."""

from pathlib import Path

import duckdb

from pipeline_etl.errors import StorageError, WarehouseBusy


def read_published(path: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection, its clock in UTC, to the published warehouse as it is now; to be closed.

    It keeps seeing this state when a newer one is published. Raises StorageError when nothing was published,
    WarehouseBusy when another program writes to it.
    """
    if not path.is_file():
        raise StorageError(f"there is no warehouse at {path} yet: run `make generate-pipeline-report`")
    try:
        return connected(path, read_only=True)
    except duckdb.Error as error:
        if "lock" in str(error):
            raise WarehouseBusy(f"{path} is open for writing in another program: {error}") from error
        raise StorageError(f"{path} cannot be opened; delete it to build it anew: {error}") from error


def connected(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection to a file, its clock in UTC; to be closed."""
    connection = duckdb.connect(path, read_only=read_only)
    # Set after connecting: a second connection in this process with another configuration would be refused.
    connection.execute("SET TimeZone = 'UTC'")
    return connection
