"""Numbers and names as advice says them."""

import unicodedata
from typing import Final

_DISTURBING: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that show nothing by themselves and change how their neighbours are shown."""


def number(count: float) -> str:
    """``17,002``; nothing is "no"."""
    return f"{count:,.0f}" if count else "no"


def plural(count: int, noun: str) -> str:
    """``1 test``, ``2 tests``, ``no tests``."""
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def span(seconds: float) -> str:
    """``0.8 s``, ``45 s``, ``12 min``, ``3.5 h``."""
    if abs(seconds) < 9.95:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    if abs(seconds) < 120:
        return f"{seconds:.0f} s"
    if abs(seconds) < 7_200:
        return minutes(seconds)
    return f"{seconds / 3600:,.1f} h".replace(".0 h", " h")


def minutes(seconds: float) -> str:
    """``12 min``, ``7.5 min``."""
    return f"{seconds / 60:,.1f} min".replace(".0 min", " min")


def byte_size(size: float) -> str:
    """``412 B``, ``7.4 MB``, ``1.2 GB``; powers of a thousand."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if abs(size) >= unit:
            return f"{size / unit:,.1f} {name}".replace(".0 ", " ")
    return f"{size:.0f} B"


def one_line(text: str) -> str:
    """Text of anyone's on one line, nothing in it that moves a cursor or turns the direction of writing."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) in _DISTURBING else char
        for char in " ".join(text.split())
    )
