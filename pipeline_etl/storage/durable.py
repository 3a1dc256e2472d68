"""Making a file appear whole or not at all, and stay after the power fails; saying so when there is no room for it."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pipeline_etl.errors import DiskFull, PipelineError

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""A full disk, a used-up quota, and a file larger than the file system or the limits of the process allow."""

_A_LITTLE: Final = 2**16
"""Bytes for which there is room unless a disk is full."""

_SAID_OF_FULL: Final = (*(os.strerror(number) for number in _FULL), "database or disk is full")
"""Polars, DuckDB and SQLite keep the system's words and lose its number."""


@contextmanager
def room_for(path: Path) -> Iterator[None]:
    """Around writing below a path: a full disk is raised as DiskFull, naming it."""
    try:
        yield
    except PipelineError:
        raise
    except Exception as error:
        full = disk_full(error, writing=str(path))
        if full is None:
            raise
        raise full from error


def prove_room(path: Path) -> None:
    """Raise what the system says when a file that could not be written to its end cannot grow; it grows if it can."""
    with path.open("ab") as file:
        file.write(bytes(_A_LITTLE))
        file.flush()
        os.fsync(file.fileno())


def disk_full(error: BaseException, *, writing: str) -> DiskFull | None:
    """What to say when an error, or one that led to it, is that of a full disk; None when it is another."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, DiskFull):
            return cause
        if isinstance(cause, OSError) and cause.errno is not None:
            is_full, where = cause.errno in _FULL, cause.filename
        else:
            is_full, where = any(said in str(cause) for said in _SAID_OF_FULL), None
        if is_full:
            return DiskFull(f"No room is left on the disk for {where or writing}: {cause}")
        cause = cause.__cause__ or cause.__context__
    return None


def sync_file(path: Path) -> None:
    """Return when the file's content is on the disk."""
    _sync(path, os.O_RDONLY)


def sync_directory(path: Path) -> None:
    """Return when the names in a directory are on the disk: a rename alone may be lost with the power."""
    _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def make_directory(path: Path) -> None:
    """Make a directory and those above it, their names on the disk."""
    if not path.is_dir():
        make_directory(path.parent)
        path.mkdir(exist_ok=True)
        sync_directory(path.parent)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
