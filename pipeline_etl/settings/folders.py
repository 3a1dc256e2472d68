"""The folders that settings name."""

from tempfile import TemporaryFile

from pipeline_etl.errors import SettingsError
from pipeline_etl.settings.settings import Settings


def make_data_root(settings: Settings) -> None:
    """Make the data folder where it is missing.

    Raises:
        SettingsError: It cannot be made or written to.
    """
    root = settings.data_root
    try:
        root.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=root):
            pass
    except OSError as error:
        said = f"PIPELINE_ETL_DATA is {str(root)!r}"
        raise SettingsError(
            f"{said}: no folder that can be written to ({error.strerror}); for example PIPELINE_ETL_DATA=/srv/ci-data."
        ) from error
