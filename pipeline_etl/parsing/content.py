"""Content that may be too large to be held: bytes, or something that can be opened as often as it is read."""

import io
from typing import BinaryIO, Protocol


class Openable(Protocol):
    """A file somewhere, of an archive or a disk."""

    def open(self) -> BinaryIO:
        """Its bytes from the beginning, as a stream."""
        ...


Content = bytes | Openable


def stream_of(content: Content) -> BinaryIO:
    """The content from its beginning."""
    return io.BytesIO(content) if isinstance(content, bytes) else content.open()
