"""Where things lie in the lake: ``<table>/provider=…/repository=<id>/month=YYYY-MM/<when read>-<random>.parquet``."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, cast
from urllib.parse import unquote, urlsplit

import polars as pl

from pipeline_etl.contracts.tables import Table, table_name
from pipeline_etl.contracts.vocabulary import ProviderName
from pipeline_etl.errors import CorruptPartition, SettingsError

MERGED_SUFFIX: Final = ".merged.parquet"
"""How the name of a compacted file ends, so that only those few footers are read to list a table."""

MERGED_METADATA: Final = "pipeline_etl.merged"
"""Key of the Parquet metadata that lists the batches of a compacted file."""

_STAMP: Final = re.compile(r"(\d{8}T\d{12})Z-")

_DIGEST_BYTES: Final = 8

_DIGEST: Final = re.compile(rf"Z-([0-9a-f]{{{2 * _DIGEST_BYTES}}})\.")

_PLACE: Final = re.compile(r"[^/]+/provider=([^/]+)/repository=(\d+)/month=(\d{4})-(\d{2})/[^/]+")

_MAGIC: Final = b"PAR1"


@dataclass(frozen=True)
class Partition:
    """The rows of one repository that belong to one month."""

    provider: ProviderName
    repository_id: int
    month: date

    def directory(self, table: Table) -> Path:
        """Where its files of a table lie, relative to the lake."""
        month = f"{self.month:%Y-%m}"
        return Path(
            table_name(table), f"provider={self.provider}", f"repository={self.repository_id}", f"month={month}"
        )


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at a repository: which one, and when."""

    partition: Partition
    extracted_at: datetime


@dataclass(frozen=True, kw_only=True)
class Batch:
    """The rows that one write put into one file."""

    path: str
    """Path of the file it was written to, relative to the lake, whether or not that file still stands."""
    row_count: int


@dataclass(frozen=True, kw_only=True)
class LakeFile:
    """A Parquet file of the lake."""

    root: Path
    path: str
    """Relative to the lake, with forward slashes: the same on every machine."""
    merged: tuple[Batch, ...] = ()
    """The batches whose rows a compacted file holds, in the order of its rows; empty for a file as it was written."""
    replaces: frozenset[str] = frozenset()
    """Files that a compacted file stands for; they may still be there when the compaction was interrupted."""

    @property
    def location(self) -> Path:
        """Where the file is."""
        return self.root / self.path

    @property
    def partition(self) -> Partition:
        """Whose rows it holds, and of which month."""
        place = _PLACE.fullmatch(self.path)
        if place is None:
            raise ValueError(f"{self.path} is no path of the lake")
        provider, repository_id, year, month = place.groups()
        return Partition(cast("ProviderName", provider), int(repository_id), date(int(year), int(month), 1))

    @property
    def batch_paths(self) -> tuple[str, ...]:
        """Names of the batches it holds."""
        return tuple(batch.path for batch in self.merged) or (self.path,)


def root_path(root: Path | str) -> Path:
    """The absolute path that a lake's root names: a path or a ``file:`` URL. Raises SettingsError for other stores."""
    if isinstance(root, Path):
        return root.absolute()
    url = urlsplit(root)
    if url.scheme == "file" and url.netloc in ("", "localhost"):
        return Path(unquote(url.path))
    if url.scheme:
        raise SettingsError(
            f"PIPELINE_ETL_DATA is {root!r}; the lake is kept in a directory, for example data or file:///srv/ci"
        )
    return Path(root).absolute()


def new_file_name(digest: str, *, extracted_at: datetime) -> str:
    """A name that sorts by the time of reading and says what the content is."""
    return f"{extracted_at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}-{digest}.parquet"


def read_at(file_name: str) -> datetime | None:
    """When the rows of a file were read, the last of them in a compacted one; None for a name not of this program."""
    stamp = _STAMP.match(file_name)
    return None if stamp is None else datetime.strptime(f"{stamp[1]}+0000", "%Y%m%dT%H%M%S%f%z")


def merged_file_name(digest: str, *, latest: LakeFile) -> str:
    """A name for a compacted file, which sorts by the time of reading of the latest file in it."""
    return f"{latest.location.name.partition('-')[0]}-{digest}{MERGED_SUFFIX}"


def content_digest(path: Path) -> str:
    """What a file's name says of its content: a flipped bit that Parquet reads without a word does not pass."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, lambda: hashlib.blake2b(digest_size=_DIGEST_BYTES)).hexdigest()


def promised_digest(file_name: str) -> str | None:
    """The digest a file's name promises; None for a name not of this program."""
    promised = _DIGEST.search(file_name)
    return promised and promised[1]


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The files of a table, or of one repository in it, sorted by path."""

    standing: tuple[LakeFile, ...]
    """Files that hold the rows, each row in exactly one."""
    replaced: tuple[LakeFile, ...]
    """Files whose rows are in a compacted one, left over from a compaction that was interrupted."""


def listing(
    root: Path, table: Table, *, provider: ProviderName | None = None, repository_id: int | None = None
) -> Listing:
    """What there is of a table in the lake. Raises CorruptPartition for a compacted file that cannot be read."""
    pattern = (
        f"{table_name(table)}/provider={provider or '*'}/repository={'*' if repository_id is None else repository_id}"
        "/month=*/*.parquet"
    )
    files = [lake_file(root, path) for path in sorted(root.glob(pattern))]
    replaced = {path for file in files for path in file.replaces}
    return Listing(
        standing=tuple(file for file in files if file.path not in replaced),
        replaced=tuple(file for file in files if file.path in replaced),
    )


def check_whole(files: Iterable[LakeFile]) -> None:
    """Raise CorruptPartition naming the first file that was cut short: a Parquet file begins and ends with PAR1."""
    for file in files:
        with file.location.open("rb") as content:
            head = content.read(len(_MAGIC))
            content.seek(-min(len(_MAGIC), file.location.stat().st_size), 2)
            if head != _MAGIC or content.read() != _MAGIC:
                raise CorruptPartition(f"{file.location} is not a whole Parquet file")


def name_the_corrupt(files: Iterable[LakeFile]) -> None:
    """Raise CorruptPartition naming the first unreadable file; to be called when reading them together failed."""
    for file in files:
        try:
            pl.read_parquet(file.location, glob=False, hive_partitioning=False)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise CorruptPartition(f"{file.location} cannot be read: {error}") from error


def merged_metadata(batches: Iterable[Batch], *, replaces: Iterable[str]) -> dict[str, str]:
    """What a compacted file says of itself."""
    content = {"batches": [[batch.path, batch.row_count] for batch in batches], "replaces": sorted(replaces)}
    return {MERGED_METADATA: json.dumps(content)}


def lake_file(root: Path, path: Path) -> LakeFile:
    """A file of the lake. Raises CorruptPartition for a compacted one that cannot be read."""
    relative = path.relative_to(root).as_posix()
    if not path.name.endswith(MERGED_SUFFIX):
        return LakeFile(root=root, path=relative)
    try:
        on_disk = path.stat()
        merged, replaces = _merged_content(path, on_disk.st_mtime_ns, on_disk.st_size)
    except (pl.exceptions.PolarsError, OSError, KeyError, ValueError) as error:
        raise CorruptPartition(f"{path} does not say which files it stands for: {error}") from error
    return LakeFile(root=root, path=relative, merged=merged, replaces=replaces)


@lru_cache(maxsize=4_096)
def _merged_content(path: Path, _modified_at: int, _size: int) -> tuple[tuple[Batch, ...], frozenset[str]]:
    """What a compacted file says of itself; asked of the disk again only when the file has changed."""
    content = json.loads(pl.read_parquet_metadata(path)[MERGED_METADATA])
    batches = tuple(Batch(path=name, row_count=count) for name, count in content["batches"])
    return batches, frozenset(content["replaces"])
