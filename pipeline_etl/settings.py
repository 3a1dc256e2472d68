"""The only reader of the environment: one file, environment variables over it, one frozen value.

``pipeline_etl.toml`` in the working directory holds the settings by their names, an environment variable of the name
beside each wins over it, and an empty variable counts as unset. Everything has a default: with nothing set, the
bundled sample is used.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated, ClassVar, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from pipeline_etl.errors import SettingsError

PROJECT_ROOT: Final = Path(__file__).resolve().parent.parent
SETTINGS_FILE: Final = Path("pipeline_etl.toml")

_PREFIX: Final = "PIPELINE_ETL_"
_OWN_VARIABLES: Final = frozenset({"PIPELINE_ETL_WAREHOUSE"})  # said to dbt by the pipeline, never by a person
_REPOSITORY_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_SECRET: Final = "(not shown)"  # noqa: S105


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _repository_names(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if not _REPOSITORY_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not of the form owner/name")
    return tuple({name.lower(): name for name in names}.values())


def _api_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it is not a URL")
    if "@" in parts.netloc:
        raise ValueError("a user or password does not belong into it; the token has its own setting")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("a token must not travel unencrypted, so it has to begin with https://")
    return url.rstrip("/")


def _token(token: SecretStr) -> SecretStr:
    text = token.get_secret_value().strip()
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError("a token is one word of printable ASCII characters")
    return SecretStr(text)


class Settings(BaseSettings):
    """Everything a person can set. Made by :func:`load_settings`."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        case_sensitive=True,
        env_ignore_empty=True,
        validate_by_name=True,
        validate_by_alias=True,
        validate_default=False,
        toml_file=SETTINGS_FILE,
    )

    repositories: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_repository_names)] = (
        Field(
            default=(),
            validation_alias="REPOSITORIES",
            description="Repositories to extract, as owner/name. None: the bundled sample is used.",
            examples=["pallets/flask,psf/requests"],
        )
    )
    github_token: Annotated[SecretStr, AfterValidator(_token)] | None = Field(
        default=None,
        validation_alias="GITHUB_TOKEN",
        description="Token with Actions: read, Contents: read, Checks: read, Metadata: read. The sample needs none.",
        examples=["github_pat_11ABCDEFG"],
    )
    github_api_url: Annotated[str, AfterValidator(_api_url)] = Field(
        default="https://api.github.com",
        validation_alias="GITHUB_API_URL",
        description="Root of the REST API; GitHub Enterprise Server has its own.",
        examples=["https://github.example.com/api/v3"],
    )
    data_root: Path = Field(
        default=Path("data"),
        validation_alias="PIPELINE_ETL_DATA",
        description="Folder that holds lake, warehouse and reports.",
        examples=["/srv/ci-data"],
    )
    sample_root: Path = Field(
        default=PROJECT_ROOT / "data" / "sample",
        validation_alias="PIPELINE_ETL_SAMPLE",
        description="Folder of recorded archives, as `record` writes them, that is used when no repository is named.",
        examples=["data/recorded"],
    )
    look_back_days: int | None = Field(
        default=None,
        ge=1,
        le=4000,
        validation_alias="PIPELINE_ETL_LOOK_BACK_DAYS",
        description="Days of history that the first sync of a repository asks for. Unset: all the service remembers.",
        examples=[30],
    )
    rerun_window_days: int = Field(
        default=30,
        ge=1,
        le=400,
        validation_alias="PIPELINE_ETL_RERUN_WINDOW_DAYS",
        description="Days back in which later syncs look for re-runs; GitHub allows a re-run for 30 days.",
        examples=[30],
    )
    log_retention_days: int | None = Field(
        default=None,
        ge=1,
        validation_alias="PIPELINE_ETL_LOG_RETENTION_DAYS",
        description="Days for which the text of logs is kept. Unset: for ever.",
        examples=[365],
    )
    archive_payloads: bool = Field(
        default=True,
        validation_alias="PIPELINE_ETL_ARCHIVE_PAYLOADS",
        description="Whether the service's answers are kept beside the tables, so that they can be read anew.",
        examples=[False],
    )
    concurrent_requests: int = Field(
        default=8,
        ge=1,
        le=64,
        validation_alias="PIPELINE_ETL_CONCURRENT_REQUESTS",
        description="Requests under way at a time.",
        examples=[4],
    )

    dagster_home_folder: Path | None = Field(
        default=None,
        validation_alias="DAGSTER_HOME",
        description="Folder of Dagster's history and configuration. Unset: .dagster in the data folder.",
        examples=["/srv/dagster"],
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file; nothing else is read."""
        del dotenv_settings, file_secret_settings
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))

    @property
    def uses_sample(self) -> bool:
        """Whether recorded archives stand in for a service."""
        return not self.repositories

    @property
    def uses_bundled_sample(self) -> bool:
        """Whether those archives are the ones that come with the project."""
        return self.uses_sample and self.sample_root == Settings.model_fields["sample_root"].default

    @property
    def lake_root(self) -> Path:
        """Folder of the Parquet lake."""
        return self.data_root / "lake"

    @property
    def warehouse_path(self) -> Path:
        """The published DuckDB file."""
        return self.data_root / "warehouse.duckdb"

    @property
    def dagster_home(self) -> Path:
        """Folder of Dagster's history."""
        return self.dagster_home_folder or self.data_root / ".dagster"

    @property
    def reports_root(self) -> Path:
        """Folder the reports are written to."""
        return self.data_root / "reports"


def load_settings() -> Settings:
    """The settings in force: ``pipeline_etl.toml`` of the working directory with the environment over it.

    Raises:
        SettingsError: A setting is wrong or unknown. One sentence names it, its value unless secret, and an example.
    """
    _refuse_unknown_variables(os.environ)
    try:
        return Settings()
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"{SETTINGS_FILE} is not valid TOML: {error}; a line looks like look_back_days = 90."
        ) from error
    except (UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{SETTINGS_FILE} cannot be read as UTF-8 text: {error}.") from error
    except ValidationError as error:
        raise SettingsError(_sentence(error, environment=os.environ)) from None  # the cause would show a secret


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


def variable(name: str) -> str:
    """The environment variable of a setting: ``data_root`` is PIPELINE_ETL_DATA."""
    return str(Settings.model_fields[name].validation_alias)


def example_file() -> str:
    """A ``pipeline_etl.toml`` in which every setting is explained and none is set."""
    lines = [
        "# Settings of pipeline_etl. Copy to pipeline_etl.toml and uncomment what you need.",
        "# The environment variable in brackets wins over the file. `make settings` shows what is in force.",
    ]
    for name, field in Settings.model_fields.items():
        lines += ["", f"# {field.description} [{variable(name)}]", f"# {_toml_line(name, field)}"]
    return "\n".join(lines) + "\n"


def _refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    known = {variable(name) for name in Settings.model_fields} | _OWN_VARIABLES
    for name in sorted(environment):
        if name.startswith(_PREFIX) and name not in known:
            raise SettingsError(f"There is no setting {name}; did you mean {_nearest(name, known)}?")


def _sentence(error: ValidationError, *, environment: Mapping[str, str]) -> str:
    """The first thing that is wrong, as one sentence."""
    wrong = error.errors(include_url=False)[0]
    said = str(wrong["loc"][0])
    names = {variable(name): name for name in Settings.model_fields}
    name = names.get(said, said)
    if name not in Settings.model_fields:
        return f"There is no setting {said} ({SETTINGS_FILE}); did you mean {_nearest(said, set(names.values()))}?"
    field = Settings.model_fields[name]
    is_variable = bool(environment.get(variable(name)))
    is_secret = name == "github_token" or "@" in str(wrong["input"])
    value = _SECRET if is_secret else repr(wrong["input"])
    reason = wrong["msg"].removeprefix("Value error, ")
    reason = reason[0].lower() + reason[1:]
    where = variable(name) if is_variable else f"{name} in {SETTINGS_FILE}"
    example = f"{variable(name)}={field.examples[0]}" if is_variable and field.examples else _toml_line(name, field)
    return f"{where} is {value}: {reason}; for example {example}."


def _nearest(said: str, known: set[str]) -> str:
    found = get_close_matches(said, sorted(known), n=1, cutoff=0.0)
    return found[0]


def _toml_line(name: str, field: FieldInfo) -> str:
    example = (field.examples or [field.default])[0]
    if name == "repositories":
        return f"{name} = [{', '.join(repr(part).replace(chr(39), chr(34)) for part in str(example).split(','))}]"
    if isinstance(example, bool):
        return f"{name} = {str(example).lower()}"
    return f"{name} = {example}" if isinstance(example, int) else f'{name} = "{example}"'
