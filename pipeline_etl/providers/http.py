"""One HTTP client for every CI service: timeouts, retries, rate limits, conditional requests, redirects, redaction.

Waiting and time are handed in, so that nothing here ever waits in a test.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from threading import Lock
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from pipeline_etl.errors import (
    Expired,
    Gone,
    MalformedArchive,
    PipelineError,
    ProviderError,
    RateLimited,
    Unauthorized,
    Unreachable,
)

USER_AGENT: Final = "pipeline_etl"
TIMEOUT: Final = httpx.Timeout(connect=10, read=60, write=30, pool=60)
TRY_COUNT: Final = 5
"""Tries of one request that fails in passing: with the waits below, about half a minute in all."""
REDIRECT_LIMIT: Final = 5
DOWNLOAD_LIMIT_BYTES: Final = 512_000_000
"""No answer is read beyond this: a log archive or an artifact that large is named as a problem."""
WAIT_LIMIT: Final = timedelta(minutes=15)
"""A rate limit that lifts within this is waited for; a later one ends the sync, which the next one takes up."""
SECONDARY_WAIT: Final = timedelta(minutes=1)
"""What the service asks for when it names no time."""

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
SPEAKING_LIMIT: Final = 200
"""Characters of an error's body that go into a message."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Time, and how to let it pass."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    """Wait so many seconds."""


class Http:
    """A client of one service. Thread-safe.

    Args:
        base_url: of the API; every other host is foreign, and never sees the token.
        token: sent as a bearer; None for anonymous requests.
        headers: sent to the API with every request.
        waiting: time.
        transport: where the requests go; None for the network.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str | None,
        headers: Mapping[str, str],
        waiting: Waiting,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._waiting = waiting
        self._api_headers = {**headers, **({"Authorization": f"Bearer {token}"} if token else {})}
        # Redirects are followed by hand: httpx drops Authorization for other hosts only, and an enterprise server's
        # storage may be another port or path of the same host.
        self._client = httpx.Client(
            transport=transport, timeout=TIMEOUT, follow_redirects=False, headers={"User-Agent": USER_AGENT}
        )
        self._lock = Lock()
        self._request_count = 0
        self._limited_until: datetime | None = None

    @property
    def request_count(self) -> int:
        """Requests sent so far."""
        return self._request_count

    def get(self, url: str, *, doing: str, etag: str | None = None, accept: str | None = None) -> httpx.Response:
        """The answer to a GET: 200, or 304 when an entity tag was given and still holds.

        Args:
            url: path on the API, or an absolute address.
            doing: what for, in words that finish "while …"; they go into the message of an error.
            etag: entity tag of an earlier answer.
            accept: media type, when another than the API's own.

        Raises:
            ProviderError: the one that says what happened and what a person should do.
        """
        headers = {**({"If-None-Match": etag} if etag else {}), **({"Accept": accept} if accept else {})}
        address = url if "://" in url else self._base_url + url
        for _ in range(REDIRECT_LIMIT):
            response = self._tried(address, headers=headers, doing=doing)
            if response.status_code not in REDIRECTS:
                return response
            address = urljoin(address, response.headers["location"])
        raise Unreachable(f"More than {REDIRECT_LIMIT} redirects while {doing}.")

    def path_of(self, url: str) -> str:
        """An address of the API without its host, as ``get`` takes it."""
        return url.removeprefix(self._base_url)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _tried(self, address: str, *, headers: Mapping[str, str], doing: str) -> httpx.Response:
        """One answer that is no error, after as many tries as it is worth."""
        for number in range(1, TRY_COUNT + 1):
            self._wait_while_limited(doing=doing)
            error: ProviderError | PipelineError
            try:
                response = self._sent(address, headers=headers, doing=doing)
            except httpx.TransportError as cause:
                error = Unreachable(f"No answer while {doing}: {type(cause).__name__}.")
                error.__cause__ = cause
            else:
                if response.status_code < HTTPStatus.BAD_REQUEST:
                    return response
                error = classify(response, doing=doing, now=self._waiting.now())
            if isinstance(error, RateLimited):
                self._limit(error)
            elif not isinstance(error, Unreachable) or number == TRY_COUNT:
                raise error
            else:
                # Full jitter: many clients that failed together do not come back together.
                self._waiting.sleep(random.uniform(0, 2**number))  # noqa: S311, spread and not secrecy
        raise error

    def _sent(self, address: str, *, headers: Mapping[str, str], doing: str) -> httpx.Response:
        with self._lock:
            self._request_count += 1
        is_ours = address.startswith(self._base_url + "/") or address == self._base_url
        own = self._api_headers if is_ours else {}
        request = self._client.build_request("GET", address, headers={**own, **headers})
        response = self._client.send(request, stream=True)
        try:
            size = 0
            parts = []
            for part in response.iter_bytes():
                size += len(part)
                if size > DOWNLOAD_LIMIT_BYTES:
                    raise MalformedArchive(f"An answer larger than {DOWNLOAD_LIMIT_BYTES:,} bytes came while {doing}.")
                parts.append(part)
        finally:
            response.close()
        response._content = b"".join(parts)  # noqa: SLF001, what httpx's own read() does, with a bound
        return response

    def _wait_while_limited(self, *, doing: str) -> None:
        until = self._limited_until
        if until is None:
            return
        left = until - self._waiting.now()
        if left > WAIT_LIMIT:
            raise RateLimited(
                f"The rate limit is used up until {until:%H:%M} UTC; stopped while {doing}.", retry_at=until
            )
        if left > timedelta():
            self._waiting.sleep(left.total_seconds())

    def _limit(self, error: RateLimited) -> None:
        with self._lock:
            until = error.retry_at or self._waiting.now() + SECONDARY_WAIT
            self._limited_until = max(until, self._limited_until or until)


def classify(response: httpx.Response, *, doing: str, now: datetime) -> ProviderError:
    """The error that an answer of 400 or above is."""
    status = response.status_code
    said = _message(response)
    where = f"{urlsplit(str(response.request.url)).path} answered {status} while {doing}"
    message = f"{where}: {said}" if said else f"{where}."
    if is_limit(response, said):
        return RateLimited(message, retry_at=_retry_at(response, now=now))
    if status == HTTPStatus.UNAUTHORIZED:
        return Unauthorized(message)
    if status == HTTPStatus.FORBIDDEN:
        needed = response.headers.get("x-accepted-github-permissions")
        return Unauthorized(f"{message} It needs the permission {needed}." if needed else message)
    if status == HTTPStatus.GONE:
        return Expired(message)
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS):
        return Gone(message)
    return Unreachable(message)


def is_limit(response: httpx.Response, said: str) -> bool:
    """Whether an answer says "not now": 429, or a 403 that speaks of a limit in its headers or its text."""
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    if response.status_code != HTTPStatus.FORBIDDEN:
        return False
    headers = response.headers
    return headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers or "rate limit" in said.lower()


def _retry_at(response: httpx.Response, *, now: datetime) -> datetime | None:
    """When the limit lifts, as far as the headers say something that makes sense."""
    after = response.headers.get("retry-after", "")
    if after.isdigit():
        return now + timedelta(seconds=min(int(after), 86_400))
    reset = response.headers.get("x-ratelimit-reset", "")
    if response.headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        lifts = datetime.fromtimestamp(min(int(reset), 2**32), UTC)
        # The service's hours are whole: a later reset is a wrong clock, a past one has lifted.
        return min(max(lifts, now), now + timedelta(hours=1))
    return None


def _message(response: httpx.Response) -> str:
    """What the body of an error says, when it is the service's JSON."""
    try:
        message = response.json()["message"]
    except (ValueError, KeyError, TypeError):
        return ""
    return str(message)[:SPEAKING_LIMIT]
