"""One request over the wire and its answer, read up to a limit and no further."""

import threading
from collections.abc import Mapping
from typing import Any

import httpx

from pipeline_etl.errors import Unreachable
from pipeline_etl.providers.reply import Reply


class TooLargeError(Exception):
    """An answer passed its limit."""


class Wire:
    """Sends what it is told to, and counts. Safe to share by threads."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._count = 0
        self._lock = threading.Lock()

    @property
    def request_count(self) -> int:
        """Requests sent so far, redirects and repetitions included."""
        return self._count

    def exchange(
        self,
        method: str,
        url: httpx.URL,
        headers: Mapping[str, str],
        *,
        limit_bytes: int,
        doing: str,
        token: str | None = None,
        payload: Mapping[str, Any] | None = None,
        is_to_service: bool = True,
    ) -> Reply:
        """The answer, whatever it is.

        Raises:
            Unreachable: there was none, or not all of it.
            TooLargeError: it is larger than the limit, of which not much more was read.
        """
        sent = dict(headers) if token is None else {**headers, "Authorization": f"Bearer {token}"}
        with self._lock:
            self._count += 1
        try:
            with self._http.stream(method, url, headers=sent, json=payload, follow_redirects=False) as response:
                content = _read(response, limit_bytes)
        except httpx.RequestError as error:
            # The error's own words may hold the signed address; its class says as much.
            raise Unreachable(f"While {doing}: {type(error).__name__}, no usable answer from {url.host}.") from error
        if not response.is_success and token is not None:
            # The words of an error are shown and stored; a proxy may repeat in them what it was sent.
            content = content.replace(token.encode(), b"***")
        return Reply(
            status_code=response.status_code,
            headers=response.headers,
            content=content,
            is_from_service=is_to_service,
            next_path=_next_path(response, url) if "link" in response.headers else None,
        )


def _read(response: httpx.Response, limit_bytes: int) -> bytes:
    pieces = []
    total = 0
    for piece in response.iter_bytes():
        total += len(piece)
        if total > limit_bytes:
            raise TooLargeError
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _next_path(response: httpx.Response, url: httpx.URL) -> str | None:
    """Path and query of the following page. Its host is left out: lists go on where they began."""
    following = response.links.get("next", {}).get("url")
    return None if following is None else url.join(following).raw_path.decode("ascii")


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port; httpx leaves out the port that the scheme implies."""
    return url.scheme, url.host, url.port
