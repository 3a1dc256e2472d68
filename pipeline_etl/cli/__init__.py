"""The front door: one verb per Make target."""

from pipeline_etl.cli.app import main

__all__ = ["main"]
