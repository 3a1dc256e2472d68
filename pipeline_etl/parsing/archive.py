"""Zip archives, read without trusting a word of them: anyone who can push a branch can make one."""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final, cast

from pipeline_etl.errors import MalformedArchive


@dataclass(frozen=True, kw_only=True)
class ArchiveLimits:
    """Caps on one archive. What a header declares is not believed: bytes are counted as they are unpacked."""

    entry_count: int = 50_000
    """Entries, folders included. The log archive of 256 jobs has some 5,000."""
    file_bytes: int = 512 * 2**20
    """Size of one file."""
    total_bytes: int = 2 * 2**30
    """Size of all files together."""
    compression_ratio: int = 200
    """Unpacked bytes per byte of the archive. Logs of one repeated line reach about 100; a bomb 1,000 and more."""
    ratio_free_bytes: int = 16 * 2**20
    """Size up to which the ratio does not matter."""


@dataclass(frozen=True)
class ArchiveFile:
    """One file of an archive."""

    path: str
    """Relative, with ``/``, never leaving the archive."""
    content: bytes

    @property
    def head(self) -> bytes:
        """Its beginning."""
        return self.content

    @property
    def byte_count(self) -> int:
        """Its size."""
        return len(self.content)


@dataclass(frozen=True)
class LargeFile:
    """A file of an archive that is too large to be held. It was unpacked once, so that it is known to be whole."""

    path: str
    """As that of an ArchiveFile."""
    head: bytes
    """Its beginning."""
    byte_count: int
    archive: bytes = field(repr=False)
    entry: zipfile.ZipInfo = field(repr=False)

    def open(self) -> BinaryIO:
        """The whole file as a stream."""
        return cast("BinaryIO", zipfile.ZipFile(io.BytesIO(self.archive)).open(self.entry))


HELD_BYTES: Final = 16 * 2**20
"""Size up to which a file is held in memory; a larger one is read as a stream."""

DEFAULT_LIMITS: Final = ArchiveLimits()
STREAM_LIMITS: Final = ArchiveLimits(file_bytes=2 * 2**30, total_bytes=4 * 2**30)
"""For files that are not held whole."""

_CHUNK_BYTES: Final = 2**18
_CENTRAL_HEADER: Final = b"PK\x01\x02"
_READABLE: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
"""All that zipfile raises on a broken or unusual entry."""


def read_archive(content: bytes, *, limits: ArchiveLimits = DEFAULT_LIMITS) -> Iterator[ArchiveFile]:
    """The files of a zip, each held whole; otherwise as ``open_archive``."""
    for file in open_archive(content, limits=limits, held_bytes=limits.file_bytes):
        yield cast("ArchiveFile", file)  # none is larger than may be held


def open_archive(
    content: bytes, *, limits: ArchiveLimits = STREAM_LIMITS, held_bytes: int = HELD_BYTES
) -> Iterator[ArchiveFile | LargeFile]:
    """The files of a zip, one in memory at a time, and that only if it has no more than ``held_bytes``.

    Folders and what macOS adds (``__MACOSX``, ``.DS_Store``) are passed over. A file that is broken, encrypted, a link,
    leads out of the archive or repeats a name is left out, and the others are still given.

    Raises:
        MalformedArchive: At once when it is no zip or has too many entries; when a cap is passed, there and then; else
            after the last file, naming those that were left out.
    """
    try:
        with _opened(content, limits=limits) as archive:
            yield from _files(archive, content, limits=limits, held_bytes=held_bytes)
    except MalformedArchive:
        raise
    except (*_BROKEN, UnicodeDecodeError) as error:
        raise MalformedArchive(f"It is not a readable zip archive: {error}.") from error


def _opened(content: bytes, *, limits: ArchiveLimits) -> zipfile.ZipFile:
    # Counted before zipfile makes an object of each; the declared count is not what zipfile goes by.
    if content.count(_CENTRAL_HEADER) > limits.entry_count:
        raise MalformedArchive(f"It has more than {limits.entry_count:,} entries.")
    return zipfile.ZipFile(io.BytesIO(content))


def _files(
    archive: zipfile.ZipFile, content: bytes, *, limits: ArchiveLimits, held_bytes: int
) -> Iterator[ArchiveFile | LargeFile]:
    left_out: list[str] = []
    seen: set[str] = set()
    budget = min(limits.total_bytes, max(limits.compression_ratio * len(content), limits.ratio_free_bytes))
    for entry in archive.infolist():
        path = entry.filename.replace("\\", "/")
        if path.endswith("/") or _is_litter(path):
            continue
        reason = _reason_to_leave_out(entry, path=path, seen=seen)
        if reason is None:
            seen.add(path)
            try:
                pieces, size = _unpacked(archive, entry, budget=budget, limits=limits, held_bytes=held_bytes)
            except _BROKEN as error:
                reason = f"broken ({error})"
            else:
                budget -= size
                if size <= held_bytes:
                    yield ArchiveFile(path, b"".join(pieces))
                else:
                    yield LargeFile(path, pieces[0], size, archive=content, entry=entry)
        if reason is not None:
            left_out.append(f"{path[:200]!r}: {reason}")
    if left_out:
        more = f" and {len(left_out) - 5:,} more" if len(left_out) > 5 else ""
        raise MalformedArchive(f"{len(left_out):,} of its files could not be read: {'; '.join(left_out[:5])}{more}.")


def _is_litter(path: str) -> bool:
    parts = path.split("/")
    return "__MACOSX" in parts or parts[-1] == ".DS_Store"


def _reason_to_leave_out(entry: zipfile.ZipInfo, *, path: str, seen: set[str]) -> str | None:
    if path.startswith("/") or _DRIVE.match(path) or ".." in path.split("/"):
        return "its path leads out of the archive"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "a symbolic link"
    if entry.flag_bits & 0x1:
        return "encrypted"
    if entry.compress_type not in _READABLE:
        # bzip2 and LZMA unpack a block at once, so nothing bounds them; no CI service writes them.
        return f"packed with method {entry.compress_type}, not deflate"
    if path in seen:
        return "a second file of this name"
    return None


def _unpacked(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, budget: int, limits: ArchiveLimits, held_bytes: int
) -> tuple[list[bytes], int]:
    """The file in pieces, of one larger than may be held only the first, and its size."""
    pieces: list[bytes] = []
    size = 0
    with archive.open(entry) as file:
        while piece := file.read(_CHUNK_BYTES):
            size += len(piece)
            if size > limits.file_bytes:
                raise MalformedArchive(f"{entry.filename[:200]!r} is larger than {limits.file_bytes:,} bytes.")
            if size > budget:
                raise MalformedArchive(
                    f"It unpacks to more than {limits.total_bytes:,} bytes or"
                    f" {limits.compression_ratio} times its size."
                )
            pieces.append(piece)
            if size > held_bytes:
                del pieces[1:]
    if size < entry.file_size:
        raise zipfile.BadZipFile(f"{size:,} bytes instead of {entry.file_size:,}")
    return pieces, size
