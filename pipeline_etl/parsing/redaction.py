"""What looks like a secret or an e-mail address is blacked out before anything is stored.

A log holds whatever a program printed, and the service masks only the secrets it was told of. Each detector names a
literal that its secrets cannot be without: text that has none of the literals costs one scan. Every quantifier is
possessive or bounded, and a token is looked for only where one can begin, so that the time is linear in the text
whoever wrote it.

Digests and commit shas stay: nothing is judged by looking random.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

BLACK: Final = "***"
"""What stands for a secret; the same three stars that the runner prints for secrets it knows."""

SMALL: Final = 16_384
"""Characters up to which text is searched directly; above, a vectorised scan first finds the lines to look at."""

KEY_LINES: Final = 400
"""Lines a private key may have; an RSA key of 16384 bits has 200."""


@dataclass(frozen=True, slots=True)
class Detector:
    """One kind of secret: a literal it always holds, and what exactly is replaced."""

    literal: str
    pattern: re.Pattern[str]
    replacement: str = BLACK


def _token(prefix: str, rest: str) -> Detector:
    """A token that begins with a fixed prefix, matched before what stands left of it: a plain string search."""
    return Detector(prefix, re.compile(rf"{re.escape(prefix)}(?<![A-Za-z0-9_]{re.escape(prefix)}){rest}"))


def _value(name: str, rest: str) -> Detector:
    """A secret that is known by what it is assigned to."""
    return Detector(name, re.compile(rf"({re.escape(name)}){rest}"), rf"\g<1>\g<2>{BLACK}")


# The host of an e-mail address; what stands before the @ is found by the loop in _without_emails. A version is no host
# (react@18.2.0-rc.next), nor is the resolution of a picture (logo@2x.png); a label of figures alone is (163.com).
EMAIL_HOST: Final = re.compile(
    r"@(?<=[A-Za-z0-9_+-]@)(?!v?\d++\.\d|\dx\.)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,18}(?![A-Za-z0-9-])"
)
LOCAL_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-")
LONGEST_LOCAL_PART: Final = 64

# Not persons: every ssh remote is git@host, and an answer to noreply reaches nobody. The addresses that carry a login
# (1+login@users.noreply.github.com) do name a person, so they go.
NOBODY: Final = frozenset({"git", "noreply", "no-reply"})

_CREDENTIAL = r"(?!\*\*\*)[A-Za-z0-9+/._~=:-]{6,}+"
_ASSIGNED = r"(['\"]?\s{0,4}[:=]\s{0,4}['\"]?)"

DETECTORS: Final[tuple[Detector, ...]] = (
    # GitHub. The app tokens of 2026 (ghs_<app>_<JWT>) contain dots.
    *(_token(f"gh{kind}_", r"[A-Za-z0-9_][A-Za-z0-9_.-]{18,}+") for kind in "pousr"),
    _token("github_pat_", r"[A-Za-z0-9_]{20,}+"),
    _token("glpat-", r"[A-Za-z0-9_-]{20,}+"),
    # Clouds.
    *(_token(prefix, r"[A-Z0-9]{16}(?![A-Za-z0-9])") for prefix in ("AKIA", "ASIA")),
    *(
        _value(name, rf"{_ASSIGNED}(?!\*\*\*)[A-Za-z0-9/+=]{{20,}}+")
        for name in ("ECRET_ACCESS_KEY", "ecret_access_key")
    ),
    *(_value(name, rf"{_ASSIGNED}(?!\*\*\*)[A-Za-z0-9/+=]{{20,}}+") for name in ("ecretAccessKey", "AccountKey")),
    *(_value(name, rf"{_ASSIGNED}(?!\*\*\*)[A-Za-z0-9/+=]{{20,}}+") for name in ("ESSION_TOKEN", "ession_token")),
    _token("AIza", r"[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    _token("ya29.", r"[A-Za-z0-9_-]{20,}+"),
    # Chats.
    *(_token(f"xox{kind}-", r"[A-Za-z0-9-]{10,}+") for kind in "abceoprs"),
    _token("xapp-", r"[A-Za-z0-9-]{10,}+"),
    Detector(
        "hooks.slack.com/",
        re.compile(r"(hooks\.slack\.com/(?:services|workflows|triggers)/)(?!\*\*\*)[\w/+-]{8,}+"),
        rf"\g<1>{BLACK}",
    ),
    Detector("/api/webhooks/", re.compile(r"(/api/webhooks/)\d{5,25}/[\w-]{20,}+"), rf"\g<1>{BLACK}"),
    # Package registries.
    _token("npm_", r"[A-Za-z0-9]{36}(?![A-Za-z0-9_])"),
    _token("pypi-", r"[A-Za-z0-9_-]{50,}+"),
    _token("dckr_pat_", r"[A-Za-z0-9_-]{20,}+"),
    Detector("_authToken", re.compile(r"(_authToken\s{0,4}=\s{0,4})(?!\*\*\*|\$)[^\s'\"]{6,}+"), rf"\g<1>{BLACK}"),
    # Three parts when signed, five when encrypted.
    Detector(
        "eyJ",
        re.compile(r"eyJ(?<![\w-]eyJ)[\w-]{8,}+\.[\w-]{8,}+\.[\w-]*+(?:\.[\w-]*+\.[\w-]*+)?"),
    ),
    # Headers and URLs. A curl trace has the header in either case.
    *(
        Detector(
            name, re.compile(rf"({name}{_ASSIGNED}(?i:basic|token|bearer)\s{{1,4}}){_CREDENTIAL}"), rf"\g<1>{BLACK}"
        )
        for name in ("uthorization", "UTHORIZATION")
    ),
    *(
        Detector(
            name,
            re.compile(rf"({name}\s{{1,4}})(?=[^\s\d]{{0,200}}\d)(?!\*\*\*)[A-Za-z0-9+/._~-]{{20,}}+=*+"),
            rf"\g<1>{BLACK}",
        )
        for name in ("Bearer", "bearer")
    ),
    Detector(
        "://",
        re.compile(r"(://[^\s/:@'\"<>]{0,200}:)(?!\*\*\*@)[^\s/'\"<>]{1,500}(?<!@)@"),
        rf"\g<1>{BLACK}@",
    ),
    # A token in the place of the user's name.
    Detector("://", re.compile(r"(://)[A-Za-z0-9_.~-]{20,200}+(?::x-oauth-basic)?@"), rf"\g<1>{BLACK}@"),
)

PRIVATE_KEY: Final = "PRIVATE KEY"
KEY_BEGIN: Final = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
KEY_END: Final = "-----END"
# A line of a key, after the time that a raw log puts before it: one run of base64 and nothing else.
KEY_LINE: Final = re.compile(r"(\S{0,40}Z )?\s*[A-Za-z0-9+/=]{1,128}\s*")
KEY_PREAMBLE: Final = re.compile(r"(?:\S{0,40}Z )?\s*(?:(?:Proc-Type|DEK-Info|Version|Comment): .*)?")
KEY_ON_ONE_LINE: Final = re.compile(r"(?:\\[nr]|[A-Za-z0-9+/=]){32,}+")
FULL_KEY_LINE: Final = 32
"""Characters below which a line is the last of its key."""

# The linear-time engine below polars decides which lines are looked at; it has no look-around, so it asks a little less
# than the detectors do.
SUSPECT: Final = "|".join(
    [
        *(re.escape(literal) for literal in dict.fromkeys(d.literal for d in DETECTORS) if literal != "://"),
        r"://[^\s/]*@",
        r"[A-Za-z0-9_+-]@[A-Za-z0-9-]+\.[A-Za-z0-9]",
        PRIVATE_KEY,
    ]
)


def redact(text: str) -> tuple[str, int]:
    """The text with every secret and e-mail address replaced by ``***``, and the number of places.

    Doing it twice changes nothing.
    """
    lines = text.split("\n")
    if len(text) <= SMALL:
        suspects = dict(enumerate(lines))
    else:
        suspects = {index: lines[index] for index in _suspects(pl.Series(lines, dtype=pl.String))}
    changed, counts = _redacted(lines, suspects)
    for index, line in changed.items():
        lines[index] = line
    return ("\n".join(lines), sum(counts.values())) if changed else (text, 0)


def redact_bytes(content: bytes) -> tuple[bytes, int]:
    """``redact`` for bytes of any encoding that agrees with ASCII; what is not text passes through unharmed."""
    text, count = redact(content.decode("latin-1"))
    return (text.encode("latin-1"), count) if count else (content, 0)


def redact_lines(lines: pl.Series) -> tuple[pl.Series, int]:
    """``redact`` for a column that holds one line per row; a private key over several rows is one place."""
    redacted, counts = redact_rows(lines)
    return redacted, sum(counts.values())


def redact_columns(columns: pl.DataFrame) -> pl.DataFrame:
    """``redact_lines`` for each of some columns."""
    suspects = columns.select(pl.all().str.contains(SUSPECT))
    found = [name for name in columns.columns if suspects[name].any()]
    redacted = [redact_rows(columns[name], among=suspects[name].arg_true())[0] for name in found]
    return columns.with_columns(redacted) if redacted else columns


def redact_rows(lines: pl.Series, *, among: pl.Series | None = None) -> tuple[pl.Series, dict[int, int]]:
    """``redact_lines``, with the number of places by row.

    Args:
        lines: one per row.
        among: the rows that may hold something, where that is known.
    """
    if among is None:
        suspects = _suspects(lines)
    else:
        suspects = among.filter(lines.gather(among).str.contains(SUSPECT)).to_list() if len(among) else []
    if not suspects:
        return lines, {}
    changed, counts = _redacted(lines, dict(zip(suspects, lines.gather(suspects).to_list(), strict=True)))
    if not changed:
        return lines, {}
    return lines.scatter(list(changed), list(changed.values())), counts


def _suspects(lines: pl.Series) -> list[int]:
    """Row numbers of the lines that may hold something."""
    return lines.str.contains(SUSPECT).arg_true().to_list()


def _redacted(lines: Sequence[str] | pl.Series, suspects: Mapping[int, str]) -> tuple[dict[int, str], dict[int, int]]:
    """The lines that change, and the number of places, by row number."""
    changed: dict[int, str] = {}
    counts: dict[int, int] = {}
    for index, text in suspects.items():
        line = changed.get(index, text)
        if PRIVATE_KEY in line:
            keys = _without_key(lines, index)
            changed.update(keys)
            if keys:
                counts[index] = 1
            line = changed.get(index, line)
        clean, count = _without_tokens(line)
        if count:
            changed[index] = clean
            counts[index] = counts.get(index, 0) + count
    return changed, counts


def _without_tokens(line: str) -> tuple[str, int]:
    total = 0
    for detector in DETECTORS:
        if detector.literal in line:
            line, count = detector.pattern.subn(detector.replacement, line)
            total += count
    if "@" in line:
        line, count = _without_emails(line)
        total += count
    return line, total


def _without_emails(line: str) -> tuple[str, int]:
    pieces: list[str] = []
    done = 0
    for host in EMAIL_HOST.finditer(line):
        start = host.start()
        first = max(done, start - LONGEST_LOCAL_PART)
        while start > first and line[start - 1] in LOCAL_CHARACTERS:
            start -= 1
        if line[start : host.start()].lower() in NOBODY:
            continue
        pieces += (line[done:start], BLACK)
        done = host.end()
    return "".join([*pieces, line[done:]]), len(pieces) // 2


def _without_key(lines: Sequence[str] | pl.Series, first: int) -> dict[int, str]:
    """The lines of the private key that begins on a line, blacked out; its first and last line stay readable."""
    begin = KEY_BEGIN.search(lines[first])
    if begin is None:
        return {}
    head, rest = lines[first][: begin.end()], lines[first][begin.end() :]
    if rest.startswith(BLACK):
        return {}
    end = rest.find(KEY_END)
    if end > 0:
        return {first: head + BLACK + rest[end:]}
    if body := KEY_ON_ONE_LINE.match(rest):
        return {first: head + BLACK + rest[body.end() :]}
    changed: dict[int, str] = {}
    for index in range(first + 1, min(first + KEY_LINES, len(lines))):
        line = lines[index]
        body = KEY_LINE.fullmatch(line)
        if body is None or (not changed and len(line.split()[-1]) < FULL_KEY_LINE):
            if not changed and KEY_PREAMBLE.fullmatch(line):
                continue
            break
        changed[index] = (body[1] or "") + BLACK
        if len(line.split()[-1]) < FULL_KEY_LINE:
            break
    return changed
