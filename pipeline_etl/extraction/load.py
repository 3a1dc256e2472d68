"""Lake → ``raw`` in a warehouse that is being built."""

from collections.abc import Sequence

from pipeline_etl.contracts.render import SOURCE_TABLES
from pipeline_etl.contracts.tables import Table
from pipeline_etl.extraction.commit import Clock
from pipeline_etl.extraction.mending import mend
from pipeline_etl.storage import Build, Lake, LoadedTable


def load_lake(
    lake: Lake, build: Build, *, clock: Clock, tables: Sequence[Table] = SOURCE_TABLES
) -> dict[Table, LoadedTable]:
    """Bring tables up to the lake; what was added to each. New files that are damaged are set aside first.

    Raises:
        LakeBusy: a file is damaged, or was just merged into another, and another process writes to the lake.
        StorageError: what else keeps a file from being loaded.
    """
    loaded = build.loaded_paths(tables)
    build.notices.extend(mend(lake, tables, clock=clock, trusted=loaded.__getitem__))
    return build.load_all(tables, lake)
