"""What the value of a setting may be, and what is made of it. Each says in words what is wrong with another one."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

REPOSITORY_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
DAYS: Final = re.compile(r"(\d{1,4}) days?")
PEM_HEAD: Final = "-----BEGIN "
KEY_FILE_LIMIT_BYTES: Final = 65_536

Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""An amount of money, never below nothing."""


def split(value: object) -> object:
    """The parts of a text with commas."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def repository_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the form owner/name, each once: the service does not tell upper from lower case."""
    for name in names:
        if not REPOSITORY_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not of the form owner/name")
    return tuple({name.lower(): name for name in names}.values())


def api_url(url: str) -> str:
    """Root of an API that a token may travel to."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it is not a URL")
    if "@" in parts.netloc:
        raise ValueError("a user or password does not belong into it; the token has its own setting")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("a token must not travel unencrypted, so it has to begin with https://")
    return url.rstrip("/")


def webhook_url(secret: SecretStr) -> SecretStr:
    """An address that is a secret itself, and travels encrypted."""
    parts = urlsplit(secret.get_secret_value().strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it is not a URL")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("it is a secret and must not travel unencrypted, so it has to begin with https://")
    return SecretStr(parts.geturl())


def token(secret: SecretStr) -> SecretStr:
    """One word."""
    text = secret.get_secret_value().strip()
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError("a token is one word of printable ASCII characters")
    return SecretStr(text)


def app_id(value: object) -> str:
    """The number of an App, or its client id."""
    text = str(value).strip()
    if not re.fullmatch(r"[A-Za-z0-9.]{1,64}", text):
        raise ValueError("it is neither the number of an App nor its client id")
    return text


def private_key(secret: SecretStr) -> SecretStr:
    r"""An RSA key as PEM, from the text itself or from the file it names.

    A text of one line with ``\n`` in it, as some secret stores hand it on, is understood as well.
    """
    # Only who signs needs it, and it is slow to import.
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    text = secret.get_secret_value().strip()
    pem = text.replace("\\n", "\n") if text.startswith(PEM_HEAD) else _key_file(Path(text))
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:  # TypeError: it asks for a password
        raise ValueError("it is no private key in PEM, or one with a password") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the key of a GitHub App is an RSA key")  # noqa: TRY004, pydantic reports a ValueError
    return SecretStr(pem)


def _key_file(path: Path) -> str:
    try:
        with path.expanduser().open("rb") as file:
            return file.read(KEY_FILE_LIMIT_BYTES).decode("ascii")
    except (OSError, ValueError) as error:
        raise ValueError("there is no PEM file of that name that can be read") from error


@dataclass(frozen=True)
class Since:
    """Where history begins: at a moment, or so long before now."""

    text: str
    start: datetime | timedelta

    def __str__(self) -> str:
        return self.text


def since(value: object) -> Since:
    """A day or an instant of ISO 8601, both UTC unless they say otherwise, or as in "30 days"."""
    if isinstance(value, Since):
        return value
    text = (value.isoformat() if isinstance(value, date) else str(value)).strip()
    if (days := DAYS.fullmatch(text)) is not None and int(days[1]) > 0:
        return Since(text, timedelta(days=int(days[1])))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("it is neither a day, an instant, nor a number of days as in 30 days") from error
    return Since(text, moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC))


def nearest(said: str, known: set[str]) -> str:
    """Of the known names the one that looks most like what was said."""
    return get_close_matches(said, sorted(known), n=1, cutoff=0.0)[0]
