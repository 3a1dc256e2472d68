"""Joins a provider to a lake, and a lake to the raw tables of a warehouse."""

from pipeline_etl.extraction.sync import (
    Progress,
    RepositorySync,
    SyncOptions,
    sync_repositories,
    sync_repository,
)

__all__ = ["Progress", "RepositorySync", "SyncOptions", "sync_repositories", "sync_repository"]
