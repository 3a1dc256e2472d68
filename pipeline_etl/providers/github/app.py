"""Tokens of an installed GitHub App: signed for, good for an hour, had anew before they end."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import jwt

from pipeline_etl.errors import Gone, Unauthorized
from pipeline_etl.parsing.timestamps import instant
from pipeline_etl.providers.github import payloads
from pipeline_etl.providers.http import HttpClient
from pipeline_etl.providers.rate_limit import Waiting

SIGNATURE_LIFE: Final = timedelta(minutes=9)
"""The service takes none that lives for more than ten."""

CLOCK_TOLERANCE: Final = timedelta(seconds=60)
"""How far our clock may be before the service's, which refuses what was signed in its future."""

RENEWAL_MARGIN: Final = timedelta(minutes=5)
"""A token that ends within this is not used any more: a request may wait at the gate or be tried again."""


@dataclass(frozen=True, kw_only=True)
class AppKey:
    """An App, where it is installed, and the key it signs with."""

    app_id: str
    """Its number or its client id."""
    installation_id: int
    private_key: str = field(repr=False)
    """RSA, as PEM."""


@dataclass(frozen=True, kw_only=True)
class AppSignature:
    """Signs as the App itself, which may ask for tokens and for nothing else."""

    key: AppKey
    waiting: Waiting

    def token(self) -> str:
        """A signature that is good for some minutes."""
        now = self.waiting.now()
        claims = {"iat": now - CLOCK_TOLERANCE, "exp": now - CLOCK_TOLERANCE + SIGNATURE_LIFE, "iss": self.key.app_id}
        return jwt.encode(claims, self.key.private_key, algorithm="RS256")

    def renew(self, *, refused: str) -> bool:
        """Another one would be refused as well."""
        del refused
        return False


class InstallationToken:
    """The token of an installation, renewed before it ends, or when the service will not have it any more.

    Args:
        client: asks the service as the App itself.
        key: of the App.
        waiting: Time.
    """

    def __init__(self, client: HttpClient, *, key: AppKey, waiting: Waiting) -> None:
        self._client = client
        self._key = key
        self._waiting = waiting
        self._lock = threading.Lock()
        self._token: str | None = None
        self._is_used_until: datetime | None = None

    def token(self) -> str:
        """The token; one thread asks for a new one while the others wait for it."""
        with self._lock:
            if self._token is None or self._is_used_until is None or self._waiting.now() >= self._is_used_until:
                self._token = self._ask()
            return self._token

    def renew(self, *, refused: str) -> bool:
        """Forget the refused one, unless another thread has a new one already."""
        with self._lock:
            if self._token == refused:
                self._token = None
        return True

    def _ask(self) -> str:
        path = self._client.path(f"/app/installations/{self._key.installation_id}/access_tokens")
        doing = f"asking for a token of installation {self._key.installation_id} of the App {self._key.app_id}"
        try:
            reply = self._client.post(path, doing=doing)
        except Gone as error:
            raise Unauthorized(f"While {doing}: the service knows no such installation.") from error
        given = payloads.decode(reply.content, payloads.AccessToken, doing=doing)
        now = self._waiting.now()
        # The end is told by the service's clock; the date of the answer tells how far ours is from it.
        life = given.expires_at - (instant(reply.headers.get("date")) or now)
        self._is_used_until = now + max(life - RENEWAL_MARGIN, timedelta())
        return given.token
