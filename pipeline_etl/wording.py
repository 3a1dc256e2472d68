"""Values in words a reader needs no legend for: "12 min 30 s", "63.8 %", "17,002", "2025-10-16 20:42 UTC".

Everything here is pure and never fails: null is an en dash, and text from a CI service loses what could disturb the
page around it (control characters, marks that turn the direction of writing), never its meaning.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, Literal

Unit = Literal[
    "seconds",
    "ratio",
    "ratio_difference",
    "count",
    "number",
    "bytes",
    "usd",
    "instant",
    "date",
    "text",
    "code",
    "sha",
    "flag",
    "url",
    "list",
]
"""What a value is measured in. ``ratio_difference`` is one share less another, shown in points; ``code`` is a name
somebody chose: of a job, a test, a cache key; ``sha`` a commit."""

NUMERIC_UNITS: Final[frozenset[Unit]] = frozenset(
    {"seconds", "ratio", "ratio_difference", "count", "number", "bytes", "usd"}
)
"""Units whose values stand right-aligned, one under the other."""

UNKNOWN: Final = "\N{EN DASH}"
"""How null looks: not zero, and not nothing."""

MINUS: Final = "\N{MINUS SIGN}"
"""As wide as a plus, so that columns of numbers stay columns."""

MINUTE: Final = 60.0
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

LONGEST_NAME: Final = 120
"""Test ids with generated parameters reach thousands of characters; whole names are in the JSON and the marts."""

SHA_LENGTH: Final = 10
"""Of 40 characters so many tell the commits of a repository apart; the JSON and the marts have all."""

DISTURBING_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that show nothing by themselves and change how their neighbours are shown."""

JOINERS: Final = "\u200c\u200d"
"""Format characters that Persian and family emoji cannot do without."""


def printable(text: str) -> str:
    """The text on one line, with the replacement character where a control or direction mark stood."""
    words = " ".join(text.split())
    return "".join(
        "�" if unicodedata.category(char) in DISTURBING_CATEGORIES and char not in JOINERS else char for char in words
    )


def shortened(text: str, limit: int = LONGEST_NAME) -> str:
    """A printable text of at most ``limit`` characters; the middle goes, because names differ at both ends."""
    whole = printable(text)
    if len(whole) <= limit:
        return whole
    tail = (limit - 1) // 2
    return f"{whole[: limit - 1 - tail]}…{whole[len(whole) - tail :]}"


def duration(seconds: float | None) -> str:
    """Two neighbouring units at most: ``0.8 s``, ``45 s``, ``12 min 30 s``, ``3 h 5 min``, ``2 d 4 h``."""
    if seconds is None:
        return UNKNOWN
    sign, amount = (MINUS, -seconds) if seconds < 0 else ("", seconds)
    if amount < 10:
        text = f"{amount:.1f}".removesuffix(".0")
        return f"{'' if text == '0' else sign}{text} s"
    for unit, part, names in ((DAY, HOUR, "d h"), (HOUR, MINUTE, "h min"), (MINUTE, 1.0, "min s")):
        parts = round(amount / part)
        if parts * part >= unit:
            unit_name, part_name = names.split()
            big, small = divmod(parts, round(unit / part))
            return f"{sign}{big:,} {unit_name}" + (f" {small} {part_name}" if small else "")
    return f"{sign}{round(amount)} s"


def percent(ratio: float | None) -> str:
    """``63.8 %``; one decimal, except at exactly 0 and 1, which are claims of their own."""
    if ratio is None:
        return UNKNOWN
    if ratio in {0, 1}:
        return f"{ratio * 100:.0f} %"
    shown = f"{ratio * 100:.1f}"
    edges = {"0.0": "< 0.1 %", "-0.0": f"> {MINUS}0.1 %", "100.0": "> 99.9 %"}
    return edges.get(shown, f"{shown} %".replace("-", MINUS))


def points(difference: float | None) -> str:
    """``12.5 points``: one share less another. Per cent would say per cent of the share."""
    if difference is None:
        return UNKNOWN
    if difference == 0:
        return "0 points"
    shown = f"{difference * 100:.1f}"
    edges = {"0.0": "< 0.1 points", "-0.0": f"> {MINUS}0.1 points"}
    return edges.get(shown, f"{shown} points".replace("-", MINUS))


def count(number: float | None) -> str:
    """``17,002``."""
    return UNKNOWN if number is None else f"{number:,.0f}".replace("-", MINUS)


def plural(number: int, noun: str, nouns: str | None = None) -> str:
    """``1 run``, ``2 runs``, ``no runs``."""
    name = noun if number == 1 else (nouns or f"{noun}s")
    return f"{'no' if number == 0 else count(number)} {name}"


def byte_size(size: float | None) -> str:
    """``1.2 GB``, powers of a thousand."""
    if size is None:
        return UNKNOWN
    for unit, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size:.0f} B"


def money(dollars: float | None) -> str:
    """``$1,548.09``; small amounts have as many decimals as it takes to tell them from nothing, six at most."""
    if dollars is None:
        return UNKNOWN
    sign, amount = (MINUS, -dollars) if dollars < 0 else ("", dollars)
    decimals = 2 if amount == 0 or amount >= 0.1 else 4 if amount >= 0.001 else 6
    return f"{sign}${amount:,.{decimals}f}"


def instant(moment: datetime | None) -> str:
    """``2025-10-16 20:42 UTC``."""
    return UNKNOWN if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day(moment: date | None) -> str:
    """``2025-10-16``."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(UTC).date()
    return UNKNOWN if moment is None else moment.isoformat()


def shown(value: Any, unit: Unit) -> str:
    """A value as the reader sees it."""
    return UNKNOWN if value is None else WORDS[unit](value)


def commit(sha: str) -> str:
    """``8ee0b7c65c``."""
    return printable(sha)[:SHA_LENGTH]


def listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def quoted(name: str) -> str:
    """A name inside a sentence."""
    return f"“{shortened(name, 70)}”"


def web_address(url: str | None) -> str | None:
    """The address if a reader may be sent there: http or https, nothing that runs or breaks out of a link."""
    if url is None or not url.lower().startswith(("https://", "http://")):
        return None
    return None if any(char.isspace() or char in "<>\"'`\\" or not char.isprintable() for char in url) else url


WORDS: Final[Mapping[Unit, Callable[[Any], str]]] = {
    "seconds": duration,
    "ratio": percent,
    "ratio_difference": points,
    "count": count,
    "number": lambda value: f"{value:,.2f}".replace("-", MINUS),
    "bytes": byte_size,
    "usd": money,
    "instant": instant,
    "date": day,
    "flag": lambda value: "yes" if value else "no",
    "list": lambda value: count(len(value)),
    "text": lambda value: shortened(str(value)),
    "code": lambda value: shortened(str(value)),
    "sha": commit,
    "url": lambda value: shortened(str(value)),
}
"""Unit → its words."""
