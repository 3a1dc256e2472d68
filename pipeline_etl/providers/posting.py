"""Says something to a service, once: what was said is not repeated by itself, because it may have been heard."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import httpx

from pipeline_etl.errors import Unreachable
from pipeline_etl.providers.reply import Reply, classify
from pipeline_etl.providers.wire import TooLargeError, Wire

ANSWER_LIMIT_BYTES: Final = 8 * 2**20
TIMEOUT: Final = httpx.Timeout(20.0, connect=10.0)


class Poster:
    """Sends JSON to one service. Redirects are not followed: a token, or an address that is one, goes nowhere else.

    Args:
        base_url: Root of the service, or an address that is a secret itself; it is in no message.
        token: Sent as a bearer; None where the address is all it takes.
        headers: Sent with every request.
        transport: What carries requests; None for the network.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._token = token
        self._headers = {"User-Agent": "pipeline-etl", **(headers or {})}
        self._http = httpx.Client(transport=transport, timeout=TIMEOUT)
        self._wire = Wire(self._http)

    def send(self, method: str, path: str, payload: Mapping[str, Any] | None, *, doing: str, now: datetime) -> Reply:
        """The answer, one of 2xx.

        Raises:
            PipelineError: what ``classify`` makes of any other, Unreachable where there was none.
        """
        try:
            reply = self._wire.exchange(
                method,
                httpx.URL(f"{self._base}{path}"),
                self._headers,
                limit_bytes=ANSWER_LIMIT_BYTES,
                doing=doing,
                token=self._token,
                payload=payload,
            )
        except TooLargeError as error:
            raise Unreachable(f"While {doing}: the answer is larger than {ANSWER_LIMIT_BYTES:,} bytes.") from error
        if not 200 <= reply.status_code < 300:
            raise classify(reply, doing=doing, now=now)
        return reply
