"""The CI services: one folder each, all of them answering what ``Provider`` asks."""

from pathlib import Path

from pipeline_etl.providers.github.client import API_URL, HEADERS, GitHub
from pipeline_etl.providers.github.recording import RecordedArchive
from pipeline_etl.providers.http import Http, Waiting
from pipeline_etl.providers.provider import Answer, Page, Payload, Provider, Repository, Validator


def github_provider(api_url: str, *, token: str | None, waiting: Waiting) -> Provider:
    """GitHub, or an enterprise server of it."""
    return GitHub(http=Http(api_url, token=token, headers=HEADERS, waiting=waiting))


def recorded_provider(root: Path, *, waiting: Waiting) -> Provider:
    """The archives below a folder, answering as GitHub does."""
    transport = RecordedArchive(root)
    return GitHub(http=Http(API_URL, token=None, headers=HEADERS, waiting=waiting, transport=transport))


__all__ = [
    "API_URL",
    "Answer",
    "GitHub",
    "Http",
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
