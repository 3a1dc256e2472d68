"""How a notebook opens the warehouse: read-only, as it was published last. The nightly job is never blocked by it."""

import altair as alt
import duckdb

from pipeline_etl.settings import load_settings
from pipeline_etl.storage import read_published


def warehouse() -> duckdb.DuckDBPyConnection:
    """The published warehouse of the settings in force; says what to type where there is none."""
    # Notebooks show thousands of points, and everything they draw from is on this machine anyway.
    alt.data_transformers.disable_max_rows()
    return read_published(load_settings().warehouse_path)
