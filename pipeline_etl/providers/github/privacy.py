"""What of GitHub's answers is kept: no names of accounts, no addresses, no secrets.

An account becomes a number that stands for it in this repository and says nothing outside. Negative, so that it is told
from the service's own: what was kept once, in a payload or a recording, gives the same number when it is read again.
"""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

import msgspec

from pipeline_etl.parsing.redaction import redact
from pipeline_etl.providers.github import payloads

ACCOUNTS: Final = ("actor", "triggering_actor")
SIGNATURES: Final = ("author", "committer")
"""Name and address of a person, inside ``head_commit``."""

CLONE_TOKEN: Final = "temp_clone_token"  # noqa: S105, the name of a field
"""A token that the service gives with a private repository."""

# JSON writes a line break as two characters, the second of which is a letter: before a secret it would hide the
# secret's beginning. Compact JSON holds no line break of its own, so that putting them in and taking them out again
# changes nothing else.
_BREAKS: Final = ((r"\n", "\n"), (r"\r", "\r"), (r"\t", "\t"))


@lru_cache(maxsize=65_536)
def pseudonym(account_id: int, *, repository_id: int) -> int:
    """The negative number that stands for an account in a repository; a pseudonym stands for itself."""
    if account_id < 0:
        return account_id
    digest = blake2b(str(account_id).encode(), key=str(repository_id).encode(), digest_size=8).digest()
    return -(int.from_bytes(digest, "big") >> 1) - 1


@lru_cache(maxsize=65_536)
def clean(text: str) -> str:
    """The text without secrets and addresses. Names of jobs and steps repeat by the thousand."""
    return redact(text)[0]


def kept_json(raw: bytes | msgspec.Raw) -> str:
    """An answer that names no person, as it is kept."""
    return _redacted(_decoded(raw))


def kept_list(raws: list[msgspec.Raw]) -> str:
    """A list of answers that name no person, as it is kept."""
    return _redacted([_decoded(raw) for raw in raws])


def kept_repository(raw: bytes, *, beside: Mapping[str, object] | None = None) -> str:
    """A repository as it is kept, with what was said beside it."""
    repository: dict[str, Any] = _decoded(raw)
    repository.pop(CLONE_TOKEN, None)
    return _redacted({**repository, **(beside or {})})


def kept_run(raw: bytes | msgspec.Raw, *, repository_id: int) -> str:
    """A run as it is kept: accounts by their pseudonyms, the commit without its author."""
    run: dict[str, Any] = _decoded(raw)
    for key in ACCOUNTS:
        account = run.get(key)
        if isinstance(account, dict):
            run[key] = {"id": pseudonym(account["id"], repository_id=repository_id)}
    commit = run.get("head_commit")
    if isinstance(commit, dict):
        run["head_commit"] = {key: value for key, value in commit.items() if key not in SIGNATURES}
    return _redacted(run)


def _decoded(raw: bytes | msgspec.Raw) -> Any:
    return payloads.decode(raw, object, doing="redacting an answer")


def _redacted(answer: object) -> str:
    text = msgspec.json.encode(answer).decode()
    if "\\" not in text:
        return redact(text)[0]
    for written, meant in _BREAKS:
        text = text.replace(written, meant)
    text, _ = redact(text)
    for written, meant in _BREAKS:
        text = text.replace(meant, written)
    return text
