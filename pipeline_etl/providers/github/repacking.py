"""Zips of logs and artifacts without secrets."""

import io
import zipfile
from typing import Final

from pipeline_etl.errors import MalformedArchive
from pipeline_etl.parsing.archive import read_archive
from pipeline_etl.parsing.redaction import redact_bytes

HEAD_BYTES: Final = 8_192
"""A file with a NUL byte in its head is not text."""


def repacked(content: bytes) -> bytes:
    """A zip with the text files of another, redacted; equal for equal files.

    A file that is not text is left out: a secret inside of it, compressed perhaps, could not be found. A log is text
    whatever it holds. Of a zip that is broken in parts the rest is kept.

    Raises:
        MalformedArchive: nothing in it can be read.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        try:
            for file in read_archive(content):
                if b"\0" in file.content[:HEAD_BYTES] and not file.path.endswith(".txt"):
                    continue
                redacted, _ = redact_bytes(file.content)
                entry = zipfile.ZipInfo(file.path)  # dated as early as a zip can be
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, redacted)
        except MalformedArchive:
            if not archive.namelist():
                raise
    return packed.getvalue()
