"""What a person can set, and the only reader of the environment."""

from pipeline_etl.settings.folders import make_data_root
from pipeline_etl.settings.settings import (
    PROJECT_ROOT,
    SETTINGS_FILE,
    Settings,
    example_file,
    load_settings,
    variable,
)
from pipeline_etl.settings.values import Since, since

__all__ = [
    "PROJECT_ROOT",
    "SETTINGS_FILE",
    "Settings",
    "Since",
    "example_file",
    "load_settings",
    "make_data_root",
    "since",
    "variable",
]
