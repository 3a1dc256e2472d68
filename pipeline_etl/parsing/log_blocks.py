"""A log in pieces of bounded size that end where lines end, however long it or one of its lines is."""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from pipeline_etl.errors import MalformedLog

LONGEST_LINE: Final = 65_536
"""Characters that are kept of a line."""

MOST_LINES: Final = 50_000_000
"""Lines a log may have; a longer one is refused, because each is stored however short it is."""

BLOCK_BYTES: Final = 8 * 2**20
BLOCK_LINES: Final = 250_000
"""Lines of a block: short ones cost more memory than they have bytes."""

# Longer lines are cut in two goes: roughly before secrets are looked for, exactly after, so that a secret that spans
# the limit is seen whole.
ROUGH_LINE_BYTES: Final = 4 * LONGEST_LINE + 8192

SAMPLE_BYTES: Final = 65_536
MOST_NOISE_RATIO: Final = 0.2
"""Share of a sample that may be control characters or invalid UTF-8 before the bytes are called no text. A log in
Latin-1 stays below; compressed data has about half."""

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
BLANK: Final = re.compile(rb"\s*+")
NO_TEXT: Final = bytes({*range(0x20), 0x7F} - {*b"\t\n\r\x1b"})

# What must not be parted: a heading from the line after it, which tells whether a command follows, and the lines of a
# private key from each other.
HEADING: Final = b"##[group]Run "
KEY_BEGIN: Final = b"-----BEGIN "
KEY_END: Final = b"-----END "
KEY_BYTES: Final = 65_536


class Blocks:
    """The pieces of one log, in order, each ending with the end of a line but for the last.

    Of a line longer than a block only the beginning is given. A blank log has no pieces. What was read so far is
    counted.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.byte_count = 0
        self.line_count = 0
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        """The pieces. Raises MalformedLog when the bytes are no text, or more than ``MOST_LINES`` lines."""
        for number, block in enumerate(self._cut()):
            if number == 0:
                _refuse_what_is_no_text(block)
                if self._is_all_read and BLANK.fullmatch(block):
                    return
            yield from self._of_few_lines(block)

    _is_all_read = False

    def _read(self, size: int) -> bytes:
        """So many bytes, fewer only at the end."""
        piece = self._stream.read(size)
        while len(piece) < size and (more := self._stream.read(size - len(piece))):
            piece += more
        self.byte_count += len(piece)
        return piece

    def _cut(self) -> Iterator[bytes]:
        rest = self._read(len(BYTE_ORDER_MARK)).removeprefix(BYTE_ORDER_MARK)
        while True:
            piece = self._read(max(1, BLOCK_BYTES - len(rest)))
            block, rest = rest + piece, b""
            if not piece or len(block) < BLOCK_BYTES:
                self._is_all_read = True
                if block:
                    yield block
                return
            cut = _end_of_whole_lines(block)
            if cut:
                yield block[:cut]
                rest = block[cut:]
            else:
                yield block[: ROUGH_LINE_BYTES + 1]
                rest = self._after_line()

    def _after_line(self) -> bytes:
        """What was read behind the end of a line that is passed over."""
        while piece := self._read(BLOCK_BYTES):
            end = piece.find(b"\n")
            if end >= 0:
                return piece[end + 1 :]
        return b""

    def _of_few_lines(self, block: bytes) -> Iterator[bytes]:
        count = block.count(b"\n") + (not block.endswith(b"\n"))
        middle = _end_of_whole_lines(block[: len(block) // 2]) if count > BLOCK_LINES else 0
        if middle:
            yield from self._of_few_lines(block[:middle])
            yield from self._of_few_lines(block[middle:])
            return
        self.line_count += count
        if self.line_count > MOST_LINES:
            raise MalformedLog(f"The log has more than {MOST_LINES:,} lines.")
        yield block


def _end_of_whole_lines(block: bytes) -> int:
    """Where to cut a block that goes on; 0 when it has no line whole."""
    end = block.rfind(b"\n") + 1
    last_line = block.rfind(b"\n", 0, max(0, end - 1)) + 1
    if last_line and block.find(HEADING, last_line, end) >= 0:
        end = last_line
    key = block.rfind(KEY_BEGIN, max(0, end - KEY_BYTES), end)
    if key > 0 and block.find(KEY_END, key, end) < 0:
        end = block.rfind(b"\n", 0, key) + 1 or end
    return end


def _refuse_what_is_no_text(block: bytes) -> None:
    middle = max(SAMPLE_BYTES, len(block) // 2)
    sample = block[:SAMPLE_BYTES] + block[middle : middle + SAMPLE_BYTES]
    sample += block[max(2 * SAMPLE_BYTES, len(block) - SAMPLE_BYTES) :]
    invalid = sample.decode("utf-8", errors="replace").count("\ufffd")
    noise = invalid + len(sample) - len(sample.translate(None, NO_TEXT))
    if noise > MOST_NOISE_RATIO * len(sample):
        raise MalformedLog(
            f"The log is no text: {noise / len(sample):.0%} of a sample are control characters or invalid UTF-8."
        )
