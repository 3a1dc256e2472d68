"""A log comes in pieces that memory can hold, whatever it is made of."""

import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_etl.errors import MalformedLog
from pipeline_etl.parsing import log_blocks
from pipeline_etl.parsing.log_blocks import Blocks


@given(lines=st.lists(st.sampled_from(["", "a", "##[group]Run x", "-----BEGIN KEY", "é" * 9]), max_size=40))
def test_the_pieces_together_are_the_log(lines: list[str]) -> None:
    content = ("first\n" + "\n".join(lines)).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_blocks, "BLOCK_BYTES", 64)
        blocks = Blocks(io.BytesIO(content))
        given_blocks = list(blocks)

    assert b"".join(given_blocks) == content
    assert all(block.endswith(b"\n") for block in given_blocks[:-1])
    assert blocks.byte_count == len(content)


class OneLine(io.RawIOBase):
    """A line of so many bytes that nobody holds."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        given = min(size, self.left)
        self.left -= given
        return b"x" * given


def test_a_line_of_any_length_needs_the_memory_of_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_blocks, "BLOCK_BYTES", 1 << 20)
    blocks = Blocks(OneLine(100 << 20))
    tracemalloc.start()
    try:
        given = list(blocks)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert [len(block) for block in given] == [log_blocks.ROUGH_LINE_BYTES + 1]
    assert blocks.byte_count == 100 << 20
    assert peak < 5 << 20


def test_many_short_lines_are_several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_blocks, "BLOCK_LINES", 100)
    blocks = list(Blocks(io.BytesIO(b"x\n" * 1000)))

    assert b"".join(blocks) == b"x\n" * 1000
    assert max(block.count(b"\n") for block in blocks) <= 100


@pytest.mark.parametrize(
    "content",
    [
        b"\x00" * 1000,
        bytes(range(256)) * 50,
        b"\x1f\x8b\x08" + bytes(range(128, 256)) * 9,
        b"\xff\xfea\x00b\x00c\x00" * 9,
    ],
)
def test_bytes_that_are_no_text_are_refused(content: bytes) -> None:
    with pytest.raises(MalformedLog, match="no text"):
        list(Blocks(io.BytesIO(content)))


def test_a_log_of_too_many_lines_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_blocks, "MOST_LINES", 3)

    with pytest.raises(MalformedLog, match="more than 3 lines"):
        list(Blocks(io.BytesIO(b"a\nb\nc\nd\n")))


def test_a_log_that_began_as_text_is_read_whatever_a_program_prints_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_blocks, "BLOCK_BYTES", 1_000)
    content = b"words and words\n" * 100 + bytes(range(256)) * 20 + b"\nwords\n"

    assert list(Blocks(io.BytesIO(content)))[-1].endswith(b"words\n")
