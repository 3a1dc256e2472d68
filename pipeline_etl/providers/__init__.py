"""The CI services: one folder each, all of them answering what ``Provider`` asks."""

from pathlib import Path

from pipeline_etl.providers.github.client import GitHub
from pipeline_etl.providers.github.endpoints import API_URL, HEADERS
from pipeline_etl.providers.github.recording import RecordedArchive
from pipeline_etl.providers.http import HttpClient, Waiting
from pipeline_etl.providers.provider import Answer, Page, Payload, Provider, Repository, Validator


def github_provider(api_url: str, *, token: str | None, waiting: Waiting) -> Provider:
    """GitHub, or an enterprise server of it."""
    return GitHub(http=HttpClient(api_url, token=token, headers=HEADERS, waiting=waiting))


def recorded_provider(root: Path, *, waiting: Waiting) -> Provider:
    """The archives below a folder, answering as GitHub does."""
    transport = RecordedArchive(root)
    return GitHub(http=HttpClient(API_URL, token=None, headers=HEADERS, waiting=waiting, transport=transport))


__all__ = [
    "API_URL",
    "Answer",
    "GitHub",
    "HttpClient",
    "Page",
    "Payload",
    "Provider",
    "RecordedArchive",
    "Repository",
    "Validator",
    "Waiting",
    "github_provider",
    "recorded_provider",
]
