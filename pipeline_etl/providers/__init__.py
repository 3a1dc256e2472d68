"""The CI services: one folder each, all of them answering what ``Provider`` asks."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

from pipeline_etl.contracts.vocabulary import ProviderName
from pipeline_etl.providers.github.app import AppKey, AppSignature, InstallationToken
from pipeline_etl.providers.github.client import GitHub
from pipeline_etl.providers.github.endpoints import API_URL, HEADERS
from pipeline_etl.providers.github.recorder import Recording, record
from pipeline_etl.providers.github.recording import RecordedArchive
from pipeline_etl.providers.github.rereading import reread
from pipeline_etl.providers.http import HttpClient
from pipeline_etl.providers.provider import Answer, Budget, Page, Payload, Provider, Repository, Reread, Validator
from pipeline_etl.providers.rate_limit import Waiting


class Opener(Protocol):
    """Opens a service: its address, the token for it or the App that has one made, and time."""

    def __call__(self, api_url: str, *, token: str | AppKey | None, waiting: Waiting) -> Provider: ...


def github_provider(api_url: str, *, token: str | AppKey | None, waiting: Waiting) -> GitHub:
    """GitHub, or an enterprise server of it."""
    if not isinstance(token, AppKey):
        return GitHub(http=HttpClient(api_url, token=token, headers=HEADERS, waiting=waiting))
    signature = AppSignature(key=token, waiting=waiting)
    as_app = HttpClient(api_url, token=signature, headers=HEADERS, waiting=waiting)
    as_installation = InstallationToken(as_app, key=token, waiting=waiting)
    return GitHub(http=HttpClient(api_url, token=as_installation, headers=HEADERS, waiting=waiting))


def recorded_provider(root: Path, *, waiting: Waiting) -> GitHub:
    """The archives below a folder, answering as GitHub does: the same client over another transport."""
    transport = RecordedArchive(root)
    return GitHub(http=HttpClient(API_URL, token=None, headers=HEADERS, waiting=waiting, transport=transport))


PROVIDERS: Final[Mapping[ProviderName, Opener]] = {"github": github_provider}
"""Every service whose history can be stored."""

REREADERS: Final[Mapping[ProviderName, Reread]] = {"github": reread}
"""How the kept answers of each are read again."""

__all__ = [
    "API_URL",
    "PROVIDERS",
    "REREADERS",
    "Answer",
    "AppKey",
    "Budget",
    "GitHub",
    "HttpClient",
    "Page",
    "Payload",
    "Provider",
    "RecordedArchive",
    "Recording",
    "Repository",
    "Reread",
    "Validator",
    "Waiting",
    "github_provider",
    "record",
    "recorded_provider",
]
