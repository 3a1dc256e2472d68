"""Stable identities: of a test over runs, and of failures of one kind.

Both are hashes of text from which everything that changes from run to run was taken out.
"""

import hashlib
import re
from typing import Final

import polars as pl

ADDRESS: Final = r"\b0x[0-9a-fA-F]{8,}+"
"""A memory address. Shorter numbers are honest parameters: ``test_parse[0x10]`` is not ``test_parse[0x20]``."""

UUID: Final = r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"

TIMESTAMP: Final = r"\b\d{4}-\d\d-\d\d[T _]\d\d:\d\d:\d\d(?:[.,]\d++)?(?:Z\b|[+-]\d\d:?\d\d\b)?"

# macOS keeps temporary files under /var/folders, Windows under AppData. The bracket that closes a parameter id is not
# part of the path.
TEMPORARY_PATH: Final = (
    r"(?:/private)?(?:/tmp|/var/folders|/var/tmp|/home/runner/work/_temp)/[^\s'\"\]),;:]++"
    r"|\b[A-Za-z]:\\(?:Users\\[^\\\s]{1,64}\\AppData\\Local\\Temp|a\\_temp)\\[^\s'\"\]),;:]++"
)

# The folder of the checkout differs between hosted, containerised and self-hosted runners; what follows it is the
# place in the repository, which is what failures of one kind have in common.
WORKSPACE: Final = (
    r"(?:/home/runner/work|/__w|/Users/runner/work|/github/workspace)/(?:[\w.-]{1,100}/){0,2}"
    r"|\b[A-Za-z]:\\(?:a|actions-runner\\_work)\\[\w.-]{1,100}\\[\w.-]{1,100}\\"
)

MASKED_MESSAGE_LENGTH: Final = 2000
"""Characters of a message that take part in its signature; the rest of a longer one is data, not a kind of failure."""

VOLATILE_IN_TEST_NAMES: Final = re.compile(f"{ADDRESS}|{UUID}|{TIMESTAMP}|{TEMPORARY_PATH}")

_SLICE: Final = 20_000
"""Names that are held as Python values at once, which needs ten times the memory of a column."""

_MAY_BE_VOLATILE: Final = (
    r"0x[0-9a-fA-F]{8}|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-|\d{4}-\d\d-\d\d[T _]|/tmp/|/var/|/runner/work/_temp/|[A-Za-z]:\\"
)
"""Occurs wherever the pattern above does, and is searched in linear time by an engine without look-around."""

MASKS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(TIMESTAMP), "<time>"),
    (re.compile(UUID), "<uuid>"),
    (re.compile(r"\b0x[0-9a-fA-F]++"), "<address>"),
    (re.compile(TEMPORARY_PATH), "<tmp>"),
    (re.compile(WORKSPACE), ""),
    (re.compile(r"'[^'\n]{21,}+'|\"[^\"\n]{21,}+\"|`[^`\n]{21,}+`"), "<text>"),
    # A commit or digest: seven or more hexadecimal digits with at least one letter and one figure among them.
    (re.compile(r"\b(?=[a-f]*+\d)(?=\d*+[a-f])[0-9a-f]{7,}+\b"), "<sha>"),
    (re.compile(r"\b\d++(?:\.\d++)?\s?(?:ns|us|µs|ms|s|sec|secs|seconds?|min|mins|minutes?|h|hours?)\b"), "<duration>"),
    (re.compile(r"(?<=[\w\]]):\d{2,5}\b(?![:.])"), ":<port>"),
    (re.compile(r"\d++(?:[.,]\d++)*+"), "<n>"),
    (re.compile(r"\s++"), " "),
)


def test_id(*, repository_id: int, suite_name: str | None, class_name: str | None, test_name: str) -> str:
    """Identity of a test over runs: 32 hexadecimal digits.

    Addresses, temporary paths, timestamps and UUIDs in its name do not count. A renamed test is another test; a moved
    file is not, because no path is part of the identity.
    """
    parts = (str(repository_id), suite_name or "", class_name or "", test_name)
    return _digest("|".join(map(_stable, parts)))


def test_ids(names: pl.DataFrame, *, repository_id: int) -> pl.Series:
    """``test_id`` of every row, at a fraction of the cost.

    Args:
        names: suite_name, class_name and test_name, in this order; all may be null.
        repository_id: Whose tests they are.
    """
    ids = [_ids_of_slice(some, repository_id) for some in names.iter_slices(_SLICE)]
    return pl.concat(ids) if ids else pl.Series("test_id", [], dtype=pl.String)


def _ids_of_slice(names: pl.DataFrame, repository_id: int) -> pl.Series:
    names = names.select(pl.all().fill_null(""))
    may_be_volatile = names.select(pl.all().str.contains(_MAY_BE_VOLATILE))
    stable = [_stable_column(names[column], may_be_volatile[column]) for column in names.columns]
    together = names.select(pl.concat_str(pl.lit(str(repository_id)), *stable, separator="|")).to_series()
    md5 = hashlib.md5
    digests = [md5(text.encode(), usedforsecurity=False).hexdigest() for text in together]
    return pl.Series("test_id", digests, dtype=pl.String)


def _stable_column(column: pl.Series, where: pl.Series) -> pl.Series:
    """As ``_stable``, where it can matter."""
    if not where.any():
        return column
    rows = where.arg_true()
    some = column.gather(rows)
    distinct = some.unique()
    return column.scatter(rows, some.replace_strict(distinct, pl.Series(map(_stable, distinct), dtype=pl.String)))


def _stable(part: str) -> str:
    """A part of a name without what changes from run to run.

    Most names hold nothing that could, which plain searches tell at a fraction of the pattern's cost.
    """
    if "0x" in part or "/" in part or "\\" in part or part.count("-") > 1:
        return VOLATILE_IN_TEST_NAMES.sub("*", part)
    return part


def failure_signature_id(failure_class: str, message: str, *, frame: str | None = None) -> str:
    """Identity of a kind of failure: equal for messages of one place that differ only in what ``masked`` takes out.

    Args:
        failure_class: as in the vocabulary.
        message: what the log says.
        frame: where in the repository it came from, without line numbers; null where that is unknown.
    """
    return _digest("|".join(part for part in (failure_class, masked(message), frame) if part is not None))


def masked(message: str) -> str:
    """The message with times, ids, addresses, numbers, long quotations and temporary paths replaced by their kind."""
    text = message[:MASKED_MESSAGE_LENGTH]
    for pattern, kind in MASKS:
        text = pattern.sub(kind, text)
    return text.strip()


def _digest(text: str) -> str:
    return hashlib.md5(text.encode("utf-8", errors="surrogatepass"), usedforsecurity=False).hexdigest()
