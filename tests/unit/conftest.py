"""What unit tests alone stand on."""

import os

import pytest


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether bytes are on the disk shows after a power failure only; waiting for it a thousand times shows at once."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
