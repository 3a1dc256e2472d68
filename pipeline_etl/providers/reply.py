"""An answer of a service, and the error it stands for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from pipeline_etl.errors import (
    Expired,
    Gone,
    NotPermitted,
    PipelineError,
    RateLimited,
    Unauthorized,
    UnexpectedPayload,
    Unreachable,
)
from pipeline_etl.parsing.redaction import redact
from pipeline_etl.providers import rate_limit

SAID_LIMIT: Final = 300
"""Characters kept of what a service says of an error."""

LACKING: Final[Mapping[int, type[Gone]]] = {404: Gone, 410: Expired, 451: Gone}


LACKING_PERMISSION: Final = ("resource not accessible by", "must have admin rights")
"""Said to a token that is good for other things. The latter of logs and artifacts, of public repositories too."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer, read whole."""

    status_code: int
    headers: Mapping[str, str]
    """Looked up without regard to case."""
    content: bytes
    is_from_service: bool
    """False for the storage hosts that the service sends us to."""
    next_path: str | None = None
    """Path and query of the following page."""

    @property
    def etag(self) -> str | None:
        """What to send next time to be told "not changed"."""
        return self.headers.get("etag")

    @property
    def is_unchanged(self) -> bool:
        """Whether the service said 304."""
        return self.status_code == 304

    @property
    def said(self) -> str:
        """What the service says in words, redacted; empty when it says nothing."""
        try:
            message = msgspec.json.decode(self.content, type=_Said).message
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return ""  # an HTML page of a proxy, XML of a storage host
        return redact(message)[0][:SAID_LIMIT]


def _spoken(permissions: str) -> str:
    """The permission as the service's pages call it: ``actions=read`` is Actions: read."""
    return redact(permissions.replace("=", ": ").capitalize())[0][:SAID_LIMIT]


class _Said(msgspec.Struct):
    message: str


def classify(reply: Reply, *, doing: str, now: datetime, refusal_count: int = 1) -> PipelineError:
    """The error that an answer other than 200 and 304 stands for.

    Args:
        reply: the answer.
        doing: what was asked, as in "reading jobs of run 7 of owner/name".
        now: our clock, for the moment at which a limit ends.
        refusal_count: how many refusals in a row this is.
    """
    status, said = reply.status_code, reply.said
    sentence = f"While {doing} the service answered {status}" + (f": {said.rstrip('.')}." if said else ".")
    if rate_limit.is_refusal(status, reply.headers, said=said):
        moment = rate_limit.retry_at(reply.headers, now=now, refusal_count=refusal_count)
        return RateLimited(f"{sentence} Requests are allowed again at {moment:%Y-%m-%d %H:%M:%S} UTC.", retry_at=moment)
    if status in LACKING:
        return LACKING[status](sentence)
    if status in (401, 403) and reply.is_from_service:
        wanted = reply.headers.get("x-accepted-github-permissions")
        if status == 403 and (wanted or any(words in said.lower() for words in LACKING_PERMISSION)):
            return NotPermitted(f"{sentence} It asks for the permission {_spoken(wanted)}." if wanted else sentence)
        return Unauthorized(sentence)
    # A storage host that refuses got its link too late: one lives for a minute, and a new one is had by asking again.
    if status in (401, 403, 408) or status >= 500:
        return Unreachable(sentence)
    return UnexpectedPayload(sentence)
