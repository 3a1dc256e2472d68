"""Content is read from its beginning, as often as anybody asks."""

import io
from typing import BinaryIO

import pytest

from pipeline_etl.parsing.content import Content, stream_of


class Opened:
    def open(self) -> BinaryIO:
        return io.BytesIO(b"abc")


@pytest.mark.parametrize("content", [b"abc", Opened()])
def test_every_stream_begins_at_the_beginning(content: Content) -> None:
    assert [stream_of(content).read() for _ in range(2)] == [b"abc", b"abc"]
