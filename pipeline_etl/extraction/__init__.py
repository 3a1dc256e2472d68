"""Joins a provider to a lake, and a lake to the raw tables of a warehouse."""

from pipeline_etl.extraction.outcome import OnProgress, Progress, RepositorySync, SyncOptions
from pipeline_etl.extraction.sync import sync_repositories, sync_repository

__all__ = ["OnProgress", "Progress", "RepositorySync", "SyncOptions", "sync_repositories", "sync_repository"]
