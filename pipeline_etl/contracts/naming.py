"""The grammar of column names, as data: a name says kind and unit, so that no reader has to look them up.

It holds for the stored tables and for the marts alike; types are DuckDB's.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_TEXT: Final = frozenset({"VARCHAR"})
_NUMBERS: Final = frozenset({"BIGINT", "INTEGER", "DOUBLE"})
_WHOLE: Final = frozenset({"BIGINT", "INTEGER"})
_INSTANTS: Final = frozenset({"TIMESTAMP WITH TIME ZONE"})


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of column: how its name ends (or starts) and which types it may have."""

    meaning: str
    marks: tuple[str, ...]
    types: frozenset[str]

    def fits(self, stem: str) -> bool:
        """Whether a name, without its qualifiers, is of this kind."""
        return any(stem.startswith(mark) if mark.endswith("_") else _ends(stem, mark) for mark in self.marks)


KINDS: Final = (
    Kind(meaning="an instant, UTC", marks=("_at",), types=_INSTANTS),
    Kind(meaning="a day", marks=("_date",), types=frozenset({"DATE"})),
    Kind(meaning="a duration in seconds", marks=("_seconds",), types=frozenset({"DOUBLE"})),
    # A sum or quantile of sizes need not be whole.
    Kind(meaning="a size in bytes", marks=("_bytes",), types=frozenset({"BIGINT", "DOUBLE"})),
    # Sums of money are exact: parts add up to their whole to the last digit.
    Kind(meaning="money in US dollars", marks=("_usd",), types=frozenset({"DECIMAL(18,6)"})),
    Kind(meaning="a share from 0 to 1", marks=("_ratio",), types=frozenset({"DOUBLE"})),
    Kind(meaning="a count; expected counts have fractions", marks=("_count",), types=_NUMBERS),
    Kind(meaning="an ordinal", marks=("_number",), types=_WHOLE),
    Kind(meaning="yes or no", marks=("is_", "has_"), types=frozenset({"BOOLEAN"})),
    Kind(meaning="an identifier", marks=("_id",), types=_WHOLE | _TEXT),
    Kind(
        meaning="text of a kind",
        marks=("_name", "_path", "_url", "_sha", "_json", "_key", "_text", "_title"),
        types=_TEXT,
    ),
)
"""The kinds whose names are marked. A mark that ends in an underscore opens a name, any other closes it."""

QUALIFIERS: Final = re.compile(r"_(total|mean|low|high|p\d{1,2})$")
"""What may follow the unit: ``_total`` of a running sum, a quantile, the ends of an interval."""

BARE_WORDS: Final = frozenset({"duration", "time", "size", "data", "info", "value", "count", "number"})
"""Names that say nothing. ``status`` and ``result`` stand: each names a vocabulary."""

ABBREVIATIONS: Final = {
    "avg": "mean",
    "cnt": "count",
    "desc": "description",
    "dur": "seconds",
    "env": "environment",
    "mem": "memory",
    "min": "minimum, or seconds",
    "mins": "seconds",
    "ms": "seconds",
    "msg": "message",
    "num": "count",
    "pct": "ratio",
    "percent": "ratio",
    "pr": "pull_request",
    "prev": "previous",
    "repo": "repository",
    "s": "seconds",
    "sec": "seconds",
    "secs": "seconds",
    "ts": "at",
    "wf": "workflow",
}
"""Shortened words and the word, or unit, to write instead."""

_MARKED_TYPES: Final = frozenset({"TIMESTAMP WITH TIME ZONE", "DATE", "BOOLEAN"})
"""Types that have one kind of name only. Numbers may also be scores, loads or lines: those have no unit to name."""


def problems(column_name: str, column_type: str) -> list[str]:
    """What is wrong with a column's name, one sentence each; nothing when it keeps the grammar.

    ``column_type`` is a DuckDB type in any case, as in the rendered sources or a mart's contract.
    """
    kind_of_type = _canonical(column_type)
    found = [
        f"{column_name}: write {full} for {part}"
        for part in column_name.split("_")
        if (full := ABBREVIATIONS.get(part)) is not None
    ]
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", column_name):
        found.append(f"{column_name}: names are lower case words joined by underscores")
    if column_name in BARE_WORDS:
        found.append(f"{column_name}: says neither of what nor in which unit")
    return found + _problems_of_kind(column_name, kind_of_type)


def check_columns(columns: Iterable[tuple[str, str]]) -> list[str]:
    """The problems of many columns, given as (name, type)."""
    return [problem for name, kind in columns for problem in problems(name, kind)]


def _problems_of_kind(name: str, column_type: str) -> list[str]:
    kind = next((kind for kind in KINDS if kind.fits(QUALIFIERS.sub("", name))), None)
    if kind is not None and column_type not in kind.types:
        return [f"{name}: is named as {kind.meaning}, which is {' or '.join(sorted(kind.types))}, not {column_type}"]
    if kind is None and column_type in _MARKED_TYPES:
        due = next(kind for kind in KINDS if column_type in kind.types)
        return [f"{name}: a {column_type} is {due.meaning}; mark it with {' or '.join(due.marks)}"]
    return []


def _ends(stem: str, mark: str) -> bool:
    return stem.endswith(mark) or stem == mark.removeprefix("_")


def _canonical(column_type: str) -> str:
    upper = column_type.upper()
    return {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE", "TEXT": "VARCHAR", "BOOL": "BOOLEAN", "INT": "INTEGER"}.get(
        upper, upper
    )
