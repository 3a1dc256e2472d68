"""Lake → ``raw`` in a warehouse that is being built."""

from pipeline_etl.contracts.render import SOURCE_TABLES
from pipeline_etl.contracts.tables import table_name
from pipeline_etl.storage import Build, Lake, LoadedTable


def load_lake(lake: Lake, build: Build) -> dict[str, LoadedTable]:
    """Bring every table up to the lake; what was added, by name of the table. Raises StorageError."""
    return {table_name(table): build.load(table, lake) for table in SOURCE_TABLES}
