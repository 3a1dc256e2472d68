"""Files of the lake that are not what was written: found, and set aside where nothing reads them; never deleted."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from pipeline_etl.contracts.tables import Table, table_name
from pipeline_etl.errors import CorruptPartition
from pipeline_etl.storage.durable import make_directory, sync_directory
from pipeline_etl.storage.layout import LakeFile, Partition, check_whole, content_digest, lake_file, promised_digest

QUARANTINE: Final = "quarantine"
"""Folder of the lake that keeps what was set aside, under the paths it had."""


@dataclass(frozen=True, kw_only=True)
class Damaged:
    """A file that is not what was written."""

    table: Table
    file: LakeFile
    reason: str

    @property
    def partition(self) -> Partition:
        """Whose rows it held."""
        return self.file.partition


def damage_of(file: LakeFile) -> str | None:
    """What is wrong with a file; None when it is as it was written.

    A file from before names promised their content, or of another program, is only asked whether it can be opened.
    """
    promised = promised_digest(file.location.name)
    if promised is not None:
        return None if content_digest(file.location) == promised else "its content is not what was written"
    try:
        check_whole([file])
        pl.read_parquet_schema(file.location)
    except CorruptPartition:
        return "it is not a whole Parquet file"
    except (pl.exceptions.PolarsError, OSError) as error:
        return f"it cannot be read: {error}"
    return None


def damaged(root: Path, table: Table, *, trusted: AbstractSet[str] = frozenset()) -> list[Damaged]:
    """The damaged files of a table; files and batches whose paths are trusted are not looked at again."""
    found = []
    for path in sorted(root.glob(f"{table_name(table)}/provider=*/repository=*/month=*/*.parquet")):
        file = LakeFile(root=root, path=path.relative_to(root).as_posix())
        try:
            is_trusted = trusted >= set(lake_file(root, path).batch_paths)
            reason = None if is_trusted else damage_of(file)
        except CorruptPartition:
            reason = "it does not say which files it stands for"
        except FileNotFoundError:  # merged into another just now
            continue
        if reason is not None:
            found.append(Damaged(table=table, file=file, reason=reason))
    return found


def set_aside(file: LakeFile) -> Path:
    """Move a file to where nothing reads it; where it is now."""
    target = file.root / QUARANTINE / file.path
    make_directory(target.parent)
    file.location.rename(target)
    for directory in (target.parent, file.location.parent):
        sync_directory(directory)
    return target
