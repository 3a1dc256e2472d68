"""One process at a time. The kernel lets go of a lock when its holder ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipeline_etl.errors import StorageError


@contextmanager
def exclusive(path: Path, *, purpose: str, busy: type[StorageError]) -> Iterator[None]:
    """Hold the lock file at ``path``, or raise ``busy`` naming who holds it. Not re-entrant.

    The file stays: removing it would let a second process lock a name that a third has just made again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 200).decode(errors="replace") or "another process"
            since = datetime.fromtimestamp(os.fstat(descriptor).st_mtime, UTC)
            raise busy(f"{path} is held by {holder} since {since:%Y-%m-%d %H:%M:%S} UTC") from error
        os.truncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()} for {purpose}".encode())
        yield
    finally:
        os.close(descriptor)
