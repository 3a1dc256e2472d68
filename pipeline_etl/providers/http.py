"""One HTTP client for every service: patient, obedient, and careful with the token.

* A transient failure (no connection, a cut answer, 5xx) is retried with growing pauses.
* A refusal for asking too much closes a gate for all threads until the moment the service names.
* Redirects are followed by hand: the token goes to addresses below the API's root and to no others. The storage hosts
  that serve logs and artifacts refuse requests that carry one (hub4j/github-api#1790); an enterprise server may keep
  its storage on its own host, beside the API.
* A token that is refused is renewed once, where it can be.
* Answers are read up to a limit and no further.
"""

import logging
import random
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

import httpx
import stamina

from pipeline_etl.errors import ContentError, MalformedArchive, RateLimited, UnexpectedPayload, Unreachable
from pipeline_etl.parsing.timestamps import instant
from pipeline_etl.providers import rate_limit
from pipeline_etl.providers.credentials import Credential, FixedToken
from pipeline_etl.providers.provider import Budget, Validator
from pipeline_etl.providers.rate_limit import Gate, Waiting
from pipeline_etl.providers.reply import Reply, classify
from pipeline_etl.providers.wire import TooLargeError, Wire, origin

JSON_LIMIT_BYTES: Final = 64 * 2**20
"""The largest answers, 100 jobs with hundreds of steps each, have some 5 MB."""

REDIRECT_LIMIT: Final = 5
REFUSAL_LIMIT: Final = 4
"""Refusals in a row after which one request gives up, however short the waits."""

USER_AGENT: Final = "pipeline-etl"

TRY_COUNT: Final = 5
"""Tries of a request that fails in passing; with the pauses between them about half a minute."""

EXPIRY_HEADER: Final = "github-authentication-token-expiration"

LONGEST_PAUSE_SECONDS: Final = 16.0

LONGEST_LIMIT_WAIT: Final = timedelta(minutes=15)
"""A limit that ends within this is waited for; a later one ends the sync, and the next one goes on there."""

ANSWERED: Final = frozenset({200, 201, 204, 304})
"""What was asked was done; 204 says so without words."""

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0)
"""The service cuts requests that take it more than ten seconds; storage hosts answer within a few."""

for noisy in ("httpx", "httpcore"):
    # They log whole addresses, and the address of a log or artifact holds a signature that opens it for a minute.
    logging.getLogger(noisy).setLevel(logging.WARNING)


class HttpClient:
    """Reads from one service. Safe to share by threads.

    Args:
        base_url: Root of the service's API, as in https://api.github.com or https://host/api/v3.
        token: Sent to addresses below ``base_url`` and nowhere else, or what gives one; None to ask without one.
        headers: Sent with every request to the service.
        transport: What carries requests; None for the network.
        waiting: Time.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str | Credential | None,
        headers: Mapping[str, str],
        waiting: Waiting,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._base = httpx.URL(base_url.rstrip("/"))
        self._root_path = self._base.path.rstrip("/")
        self._credential = FixedToken(token) if token is None or isinstance(token, str) else token
        self._headers = dict(headers)
        self._wire = Wire(httpx.Client(transport=transport, timeout=TIMEOUT, headers={"User-Agent": USER_AGENT}))
        self._waiting = waiting
        self._gate = Gate(now=waiting.now, sleep=waiting.sleep, longest_wait=LONGEST_LIMIT_WAIT)
        self._budget: Budget | None = None
        self._token_expires_at: datetime | None = None
        self._budget_lock = threading.Lock()

    @property
    def request_count(self) -> int:
        """Requests sent so far, redirects and repetitions included."""
        return self._wire.request_count

    @property
    def budget(self) -> Budget | None:
        """What the service last said may still be asked; None when it does not say."""
        return self._budget

    @property
    def waits_until(self) -> datetime | None:
        """When requests are sent again; None while they are."""
        return self._gate.opens_at

    @property
    def token_expires_at(self) -> datetime | None:
        """When a token that is not renewed ceases to be good; None when it never does or the service does not say."""
        return self._token_expires_at

    def path(self, path: str) -> str:
        """Path from the root of the host, of a path below the API's root."""
        return f"{self._root_path}{path}"

    def get(self, path: str, *, doing: str, etag: str | None = None, accept: str | None = None) -> Reply:
        """An answer of 200, or of 304 when the entity tag still holds.

        Raises:
            PipelineError: what ``classify`` makes of any other answer.
        """
        headers = {"Accept": accept} if accept else {}
        if etag is not None:
            headers["If-None-Match"] = etag
        try:
            return self._ask_patiently(path, headers, JSON_LIMIT_BYTES, doing)
        except TooLargeError as error:
            raise UnexpectedPayload(f"While {doing}: the answer is larger than {JSON_LIMIT_BYTES:,} bytes.") from error

    def post(self, path: str, *, doing: str) -> Reply:
        """What came of a request that makes something and may be repeated. Raises what ``delete`` raises."""
        return self._change(path, doing, method="POST")

    def pages(
        self, path: str, *, doing: str, validators: Mapping[str, Validator] | None = None
    ) -> Iterator[tuple[str, Reply]]:
        """The pages of a list, each with its path: links are followed, never built.

        Args:
            path: of the first page.
            doing: what is asked, in words.
            validators: what is known of pages, by path. A page that is unchanged comes back as such, and the list goes
                on where it went on then.
        """
        known = validators or {}
        asked: set[str] = set()
        following: str | None = path
        while following is not None:
            if following in asked:
                raise UnexpectedPayload(f"While {doing} the pages led in a circle: {following}")
            asked.add(following)
            validator = known.get(following)
            reply = self.get(following, doing=doing, etag=validator.etag if validator else None)
            yield following, reply
            following = validator.next_url if validator and reply.is_unchanged else reply.next_path

    def download(
        self, path: str, *, doing: str, limit_bytes: int, too_large: type[ContentError] = MalformedArchive
    ) -> bytes:
        """A file, held in memory.

        Raises:
            ContentError: it is larger than the limit; of the class ``too_large``.
            PipelineError: what ``classify`` makes of an answer other than 200.
        """
        try:
            return self._ask_patiently(path, {}, limit_bytes, doing).content
        except TooLargeError as error:
            raise too_large(f"While {doing}: the file is larger than the limit of {limit_bytes:,} bytes.") from error

    def delete(self, path: str, *, doing: str) -> None:
        """Delete one thing. After a lost answer it is tried again, so that ``Gone`` may mean that we did it ourselves.

        Raises:
            UnexpectedPayload: the service sent us elsewhere; nothing is deleted there.
            PipelineError: what ``classify`` makes of any other answer.
        """
        self._change(path, doing, method="DELETE")

    def _change(self, path: str, doing: str, *, method: str) -> Reply:
        try:
            return self._ask_patiently(path, {}, JSON_LIMIT_BYTES, doing, method=method)
        except TooLargeError as error:
            raise UnexpectedPayload(f"While {doing}: the answer is larger than {JSON_LIMIT_BYTES:,} bytes.") from error

    def _ask_patiently(
        self, path: str, headers: Mapping[str, str], limit_bytes: int, doing: str, *, method: str = "GET"
    ) -> Reply:
        """One answer; what fails in passing is tried again."""
        # stamina counts, stops and tells its instrumentation; the pauses are ours, for its own cannot be handed in.
        for attempt in stamina.retry_context(
            on=Unreachable, attempts=TRY_COUNT, timeout=None, wait_initial=0, wait_max=0, wait_jitter=0
        ):
            with attempt:
                if attempt.num > 1:
                    # Full jitter: threads that failed together do not come back together.
                    longest = min(LONGEST_PAUSE_SECONDS, 2.0 ** (attempt.num - 1))
                    self._waiting.sleep(random.uniform(0, longest))  # noqa: S311, spread and not secrecy
                return self._ask(path, headers, limit_bytes, doing, method=method)
        raise AssertionError  # the last failure is raised by the loop

    def _ask(self, path: str, headers: Mapping[str, str], limit_bytes: int, doing: str, *, method: str) -> Reply:
        """One answer, redirects followed and limits waited for; what is transient is raised."""
        refusals = 0
        while True:
            reply = self._follow(path, headers, limit_bytes, doing, method=method)
            if reply.status_code in ANSWERED:
                return reply
            error = classify(reply, doing=doing, now=self._waiting.now(), refusal_count=refusals + 1)
            if not isinstance(error, RateLimited) or error.retry_at is None:
                raise error
            refusals += 1
            self._gate.close(error.retry_at)
            if refusals == REFUSAL_LIMIT:
                raise error

    def _follow(self, path: str, headers: Mapping[str, str], limit_bytes: int, doing: str, *, method: str) -> Reply:
        """The answer at the end of the redirects."""
        url = self._base.copy_with(raw_path=path.encode())
        for _ in range(REDIRECT_LIMIT + 1):
            reply = self._send(url, headers, limit_bytes, doing, method=method)
            if reply.status_code not in REDIRECTS:
                return reply
            if method != "GET":
                raise UnexpectedPayload(f"While {doing} the service sent us elsewhere; nothing was changed there.")
            location = reply.headers.get("location", "")
            try:
                url = url.join(location)
            except httpx.InvalidURL as error:
                raise UnexpectedPayload(f"While {doing} the service sent us to no address at all.") from error
            if url.scheme not in ("https", self._base.scheme):
                raise UnexpectedPayload(f"While {doing} the service sent us to a {url.scheme} address; refused.")
        raise UnexpectedPayload(f"While {doing} the service sent us on more than {REDIRECT_LIMIT} times.")

    def _send(self, url: httpx.URL, headers: Mapping[str, str], limit_bytes: int, doing: str, *, method: str) -> Reply:
        """One request and its answer, whatever it is; a token that is refused is renewed, once."""
        if not self._is_service(url):
            return self._wire.exchange(method, url, {}, limit_bytes=limit_bytes, doing=doing, is_to_service=False)
        if (opens_at := self._gate.pass_through()) is not None:
            again = f"requests are allowed again at {opens_at:%Y-%m-%d %H:%M:%S} UTC"
            raise RateLimited(f"Before {doing}: the service's limit is used up; {again}.", retry_at=opens_at)

        def ask(token: str | None) -> Reply:
            sent = {**self._headers, **headers}
            return self._wire.exchange(method, url, sent, limit_bytes=limit_bytes, doing=doing, token=token)

        token = self._credential.token()
        reply = ask(token)
        if reply.status_code == 401 and token is not None and self._credential.renew(refused=token):
            reply = ask(self._credential.token())
        self._heed(reply)
        return reply

    def _is_service(self, url: httpx.URL) -> bool:
        """Whether an address is one of the API's: these alone are sent the token and speak of limits."""
        return origin(url) == origin(self._base) and url.path.startswith(f"{self._root_path}/")

    def _heed(self, reply: Reply) -> None:
        """Take note of what may still be asked; when that is nothing, close the gate."""
        now = self._waiting.now()
        reset = rate_limit.reset_at(reply.headers, now=now) if rate_limit.is_spent(reply.headers) else None
        if reset is not None:
            self._gate.close(reset)
        with self._budget_lock:
            self._budget = rate_limit.budget(reply.headers, now=now, before=self._budget)
        if isinstance(self._credential, FixedToken):
            # Not every answer says it; the last one that did is right.
            self._token_expires_at = instant(reply.headers.get(EXPIRY_HEADER)) or self._token_expires_at
