"""What a setting says is too old to keep."""

import re
from datetime import date
from typing import Final

from pipeline_etl.contracts.tables import Table
from pipeline_etl.contracts.vocabulary import ProviderName
from pipeline_etl.storage.lake import Lake

_MONTH: Final = re.compile(r"/month=(\d{4})-(\d{2})/")


def forget_months(lake: Lake, table: Table, *, provider: ProviderName, repository_id: int, before: date) -> int:
    """Remove a repository's rows of a table that belong to months which end before a day; the number of files removed.

    Whole months only: a month that is partly too old is kept until all of it is. To be called by the lake's only
    writer. The ledger still knows that the rows were stored, so nothing is fetched again.
    """
    removed = 0
    for file in lake.files(table, provider=provider, repository_id=repository_id):
        year, month = (int(part) for part in _MONTH.search(f"/{file.path}").groups())  # type: ignore[union-attr]
        following = date(year + month // 12, month % 12 + 1, 1)
        if following <= before:
            file.location.unlink()
            removed += 1
    return removed
