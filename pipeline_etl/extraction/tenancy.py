"""One lake holds either recorded archives or live repositories, never both.

A recorded archive carries the ids of the repository it was recorded from: in one lake the ledger of the one would
speak for the other, and a report would mix them.
"""

from pipeline_etl.contracts.tables import Repositories
from pipeline_etl.errors import SettingsError
from pipeline_etl.storage import Lake


def make_room(lake: Lake, *, is_recorded: bool) -> str | None:
    """See to it that what is synced now may lie in this lake; a sentence on what was done for it.

    Recorded archives make room for live repositories, for they can be read from disk again at any time. Live
    repositories make room for nothing.

    Raises:
        SettingsError: the lake holds live repositories, and an archive was to be read into it.
    """
    stored = lake.current(Repositories).select("repository_name", "is_recorded_archive").collect()
    strangers = sorted(name for name, was_recorded in stored.iter_rows() if was_recorded != is_recorded)
    if not strangers:
        return None
    names = ", ".join(strangers)
    if is_recorded:
        raise SettingsError(
            f"REPOSITORIES is not set, and the lake in {lake.root} holds {names}: set it, for example "
            f"REPOSITORIES={strangers[0]}, or PIPELINE_ETL_DATA=elsewhere to look at the sample."
        )
    with lake.lock("making room"):
        lake.clear()
    return f"What was read from the archives of {names} was removed to make room; it can be read again at any time."
