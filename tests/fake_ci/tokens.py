"""Who may ask: a token that stays, and those of an installed App, which live an hour by the service's own clock."""

import itertools
import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

TOKEN = "token-of-a-test"
APP_ID, INSTALLATION_ID = "4711", 815
TOKEN_LIFE = timedelta(hours=1)
LONGEST_SIGNATURE = timedelta(minutes=10)


@cache
def app_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def app_key_pem() -> str:
    return app_key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


class Tokens:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._ends: dict[str, datetime] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.given: list[str] = []
        """Tokens of the installation, in the order they were asked for."""
        self.signatures: list[str] = []
        """What the App signed itself with."""

    def is_good(self, authorization: str | None) -> bool:
        token = (authorization or "").removeprefix("Bearer ")
        return token == TOKEN or self._ends.get(token, self._now()) > self._now()

    def revoke(self) -> None:
        """None of the tokens given so far is good any more."""
        self._ends.clear()

    def give(self, path: str, authorization: str | None) -> tuple[int, dict[str, Any]]:
        """Status and answer of a request for a token."""
        signature = (authorization or "").removeprefix("Bearer ")
        self.signatures.append(signature)
        try:
            checked = {"verify_exp": False, "verify_iat": False}  # they are judged by this clock, not the machine's
            claims = jwt.decode(signature, app_key().public_key(), algorithms=["RS256"], options=checked)
        except jwt.InvalidTokenError:
            return 401, {"message": "A JSON web token could not be decoded"}
        now = self._now().timestamp()
        if claims["iss"] != APP_ID:
            return 404, {"message": "Integration not found"}
        if claims["iat"] > now or not now < claims["exp"] <= claims["iat"] + LONGEST_SIGNATURE.total_seconds():
            return 401, {"message": "'Expiration time' claim ('exp') is too far in the future"}
        if path != f"/app/installations/{INSTALLATION_ID}/access_tokens":
            return 404, {"message": "Not Found"}
        with self._lock:
            token, ends_at = f"ghs_{next(self._numbers):036}", self._now() + TOKEN_LIFE
            self._ends[token] = ends_at
            self.given.append(token)
        permissions = {"actions": "read", "checks": "read", "contents": "read", "metadata": "read"}
        return 201, {"token": token, "expires_at": f"{ends_at:%Y-%m-%dT%H:%M:%SZ}", "permissions": permissions}


def body(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer).encode()
