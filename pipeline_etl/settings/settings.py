"""The only reader of the environment: one file, environment variables over it, one frozen value.

``pipeline_etl.toml`` in the working directory holds the settings by their names, an environment variable of the name
beside each wins over it, and an empty variable counts as unset. Everything has a default: with nothing set, the
bundled sample is used.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from pipeline_etl.errors import SettingsError
from pipeline_etl.settings import values

PROJECT_ROOT: Final = Path(__file__).resolve().parents[2]
SETTINGS_FILE: Final = Path("pipeline_etl.toml")

_PREFIX: Final = "PIPELINE_ETL_"
_OWN_VARIABLES: Final = frozenset({"PIPELINE_ETL_WAREHOUSE"})  # said to dbt by the pipeline, never by a person
_SECRETS: Final = frozenset({"github_token", "github_app_private_key", "slack_webhook_url"})
_SECRET: Final = "(not shown)"  # noqa: S105


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

    repositories: Annotated[
        tuple[str, ...], NoDecode, BeforeValidator(values.split), AfterValidator(values.repository_names)
    ] = Field(
        default=(),
        validation_alias="REPOSITORIES",
        description="Repositories to extract, as owner/name. None: the bundled sample is used.",
        examples=["pallets/flask,psf/requests"],
    )
    github_token: Annotated[SecretStr, AfterValidator(values.token)] | None = Field(
        default=None,
        validation_alias="GITHUB_TOKEN",
        description="Token with Actions: read, Contents: read, Checks: read, Metadata: read. The sample needs none.",
        examples=["github_pat_11ABCDEFG"],
    )
    github_app_id: Annotated[str, BeforeValidator(values.app_id)] | None = Field(
        default=None,
        validation_alias="GITHUB_APP_ID",
        description="Number or client id of a GitHub App, in place of the token; with the two settings that follow.",
        examples=["123456"],
    )
    github_app_installation_id: int | None = Field(
        default=None,
        ge=1,
        validation_alias="GITHUB_APP_INSTALLATION_ID",
        description="Number of the App's installation in the account that owns the repositories.",
        examples=[7654321],
    )
    github_app_private_key: Annotated[SecretStr, AfterValidator(values.private_key)] | None = Field(
        default=None,
        validation_alias="GITHUB_APP_PRIVATE_KEY",
        description="Private key of the App: the text of the PEM file, or where the file is.",
        examples=["/run/secrets/app.pem"],
    )
    github_api_url: Annotated[str, AfterValidator(values.api_url)] = Field(
        default="https://api.github.com",
        validation_alias="GITHUB_API_URL",
        description="Root of the REST API; GitHub Enterprise Server has its own.",
        examples=["https://github.example.com/api/v3"],
    )
    slack_webhook_url: Annotated[SecretStr, AfterValidator(values.webhook_url)] | None = Field(
        default=None,
        validation_alias="PIPELINE_ETL_SLACK_WEBHOOK_URL",
        description="Incoming webhook of a Slack channel; only `check-alerts --deliver slack` sends anything there.",
        examples=["https://hooks.slack.com/services/T000/B000/XXXX"],
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
    since: Annotated[values.Since, BeforeValidator(values.since)] | None = Field(
        default=None,
        validation_alias="PIPELINE_ETL_SINCE",
        description="Where history begins: a day, an instant, or so many days ago. Unset: all the service remembers.",
        examples=["2026-01-01"],
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
    self_hosted_minute_usd: values.Price | None = Field(
        default=None,
        validation_alias="PIPELINE_ETL_SELF_HOSTED_MINUTE_USD",
        description="Price of a minute of a self-hosted runner, in US dollars. Unset: 0.",
        examples=[0.004],
    )
    developer_minute_usd: values.Price | None = Field(
        default=None,
        validation_alias="PIPELINE_ETL_DEVELOPER_MINUTE_USD",
        description="Price of a minute for which a person waits, in US dollars. Unset: 1.",
        examples=[1.5],
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

    @model_validator(mode="after")
    def _has_one_way_in(self) -> Self:
        of_app = [name for name in type(self).model_fields if name.startswith("github_app_")]
        given = [name for name in of_app if getattr(self, name) is not None]
        if given and self.github_token is not None:
            raise ValueError(f"GITHUB_TOKEN and {variable(given[0])} are both set; only one of them can be meant")
        if given and given != of_app:
            lacking = [variable(name) for name in of_app if name not in given]
            said = f"{' and '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} not"
            raise ValueError(f"{variable(given[0])} is set and {said}; an App needs all three")
        return self

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
    def prices(self) -> dict[str, float]:
        """The prices that were set; the dbt project has those that were not."""
        said = {name: getattr(self, name) for name in ("self_hosted_minute_usd", "developer_minute_usd")}
        return {name: price for name, price in said.items() if price is not None}

    @property
    def dagster_home(self) -> Path:
        """Folder of Dagster's history."""
        return self.dagster_home_folder or self.data_root / ".dagster"

    @property
    def reports_root(self) -> Path:
        """Folder the reports are written to."""
        return self.data_root / "reports"


def load_settings(**said: Any) -> Settings:
    """The settings in force: ``pipeline_etl.toml`` of the working directory with the environment over it.

    What is ``said`` on the command line wins over both; None is not said.

    Raises:
        SettingsError: A setting is wrong or unknown. One sentence names it, its value unless secret, and an example.
    """
    _refuse_unknown_variables(os.environ)
    try:
        return Settings(**{name: value for name, value in said.items() if value is not None})
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"{SETTINGS_FILE} is not valid TOML: {error}; a line looks like rerun_window_days = 30."
        ) from error
    except (UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{SETTINGS_FILE} cannot be read as UTF-8 text: {error}.") from error
    except ValidationError as error:
        raise SettingsError(
            _sentence(error, environment=os.environ, said_names=frozenset(said))
        ) from None  # the cause would show a secret


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
            raise SettingsError(f"There is no setting {name}; did you mean {values.nearest(name, known)}?")


def _sentence(error: ValidationError, *, environment: Mapping[str, str], said_names: frozenset[str]) -> str:
    """The first thing that is wrong, as one sentence."""
    wrong = error.errors(include_url=False)[0]
    if not wrong["loc"]:
        return f"{wrong['msg'].removeprefix('Value error, ')}."
    said = str(wrong["loc"][0])
    names = {variable(name): name for name in Settings.model_fields}
    name = names.get(said, said)
    if name not in Settings.model_fields:
        nearest = values.nearest(said, set(names.values()))
        return f"There is no setting {said} ({SETTINGS_FILE}); did you mean {nearest}?"
    field = Settings.model_fields[name]
    is_variable = bool(environment.get(variable(name)))
    is_secret = name in _SECRETS or "@" in str(wrong["input"])
    value = _SECRET if is_secret else repr(wrong["input"])
    reason = wrong["msg"].removeprefix("Value error, ")
    reason = reason[0].lower() + reason[1:]
    if name in said_names:
        return f"--{name} is {value}: {reason}; for example --{name} {field.examples and field.examples[0]}."
    where = variable(name) if is_variable else f"{name} in {SETTINGS_FILE}"
    example = f"{variable(name)}={field.examples[0]}" if is_variable and field.examples else _toml_line(name, field)
    return f"{where} is {value}: {reason}; for example {example}."


def _toml_line(name: str, field: FieldInfo) -> str:
    example = (field.examples or [field.default])[0]
    if name == "repositories":
        return f"{name} = [{', '.join(repr(part).replace(chr(39), chr(34)) for part in str(example).split(','))}]"
    if isinstance(example, bool):
        return f"{name} = {str(example).lower()}"
    return f"{name} = {example}" if isinstance(example, int | float) else f'{name} = "{example}"'
