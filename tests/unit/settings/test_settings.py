import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline_etl.errors import SettingsError
from pipeline_etl.settings import PROJECT_ROOT, Settings, example_file, load_settings, variable
from tests.fake_ci.tokens import app_key_pem


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PIPELINE_ETL_DATA", raising=False)
    return tmp_path


def wrong(text: str | None = None) -> str:
    if text is not None:
        Path("pipeline_etl.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    return str(raised.value)


def test_with_nothing_set_the_bundled_sample_is_used() -> None:
    settings = load_settings()

    assert settings.uses_sample
    assert (settings.sample_root / "README.md").is_file()
    assert settings.warehouse_path == Path("data/warehouse.duckdb")


def test_prices_that_were_not_set_are_left_to_the_models(monkeypatch: pytest.MonkeyPatch) -> None:
    unset = load_settings().prices
    monkeypatch.setenv("PIPELINE_ETL_SELF_HOSTED_MINUTE_USD", "0")
    monkeypatch.setenv("PIPELINE_ETL_DEVELOPER_MINUTE_USD", "1.5")

    assert unset == {}
    assert load_settings().prices == {"self_hosted_minute_usd": 0.0, "developer_minute_usd": 1.5}


def test_a_price_below_nothing_is_refused_with_an_example() -> None:
    assert wrong("developer_minute_usd = -1\n").endswith("for example developer_minute_usd = 1.5.")


def test_the_file_is_read_and_the_environment_wins_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("pipeline_etl.toml").write_text(
        'repositories = ["a/b"]\nlog_retention_days = 7\nrerun_window_days = 3\n', "utf-8"
    )
    monkeypatch.setenv("PIPELINE_ETL_LOG_RETENTION_DAYS", "14")

    settings = load_settings()

    assert (settings.repositories, settings.log_retention_days, settings.rerun_window_days) == (("a/b",), 14, 3)


def test_a_file_that_is_no_text_is_said_to_be_none() -> None:
    Path("pipeline_etl.toml").write_bytes(b"\xff\xfe")

    assert wrong().startswith("pipeline_etl.toml cannot be read as UTF-8 text")


def test_another_archive_than_the_bundled_one_is_not_called_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().uses_bundled_sample
    monkeypatch.setenv("PIPELINE_ETL_SAMPLE", "data/recorded")

    assert load_settings().uses_sample
    assert not load_settings().uses_bundled_sample


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "")
    monkeypatch.setenv("REPOSITORIES", "")

    settings = load_settings()

    assert settings.github_token is None
    assert settings.uses_sample


def test_repositories_are_separated_by_commas_and_each_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPOSITORIES", " b/b, a/a ,B/b,")

    assert [name.lower() for name in load_settings().repositories] == ["b/b", "a/a"]


NOT_A_NAME = "'https://github.com/a/b' is not of the form owner/name"
NOT_A_NUMBER = "input should be a valid integer, unable to parse string as an integer"
NOT_A_MOMENT = "it is neither a day, an instant, nor a number of days as in 30 days"
NOT_ENCRYPTED = "a token must not travel unencrypted, so it has to begin with https://"


@pytest.mark.parametrize(
    ("name", "value", "reason", "example"),
    [
        ("REPOSITORIES", "https://github.com/a/b", NOT_A_NAME, "pallets/flask,psf/requests"),
        ("PIPELINE_ETL_RERUN_WINDOW_DAYS", "soon", NOT_A_NUMBER, "30"),
        ("PIPELINE_ETL_SINCE", "soon", NOT_A_MOMENT, "2026-01-01"),
        ("GITHUB_API_URL", "http://example.com", NOT_ENCRYPTED, "https://github.example.com/api/v3"),
    ],
)
def test_a_wrong_variable_is_one_sentence_with_name_value_and_example(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str, example: str
) -> None:
    monkeypatch.setenv(name, value)

    assert wrong() == f"{name} is {value!r}: {reason}; for example {name}={example}."


def test_an_unknown_variable_of_ours_is_answered_with_the_nearest_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINE_ETL_RERUN_WINDOW_DAY", "3")

    assert wrong() == "There is no setting PIPELINE_ETL_RERUN_WINDOW_DAY; did you mean PIPELINE_ETL_RERUN_WINDOW_DAYS?"


def test_an_unknown_key_in_the_file_is_answered_with_the_nearest_known_one() -> None:
    assert wrong("rerun_windo_days = 3") == (
        "There is no setting rerun_windo_days (pipeline_etl.toml); did you mean rerun_window_days?"
    )


def test_a_wrong_value_in_the_file_is_answered_with_a_line_for_the_file() -> None:
    assert wrong("rerun_window_days = 0") == (
        "rerun_window_days in pipeline_etl.toml is 0: input should be greater than or equal to 1; "
        "for example rerun_window_days = 30."
    )


def test_a_file_that_is_no_toml_is_named() -> None:
    assert wrong("rerun_window_days: 3").startswith("pipeline_etl.toml is not valid TOML")


@pytest.mark.parametrize(
    ("name", "value"),
    [("GITHUB_TOKEN", "s3cret with a space"), ("GITHUB_API_URL", "https://user:s3cret@example.com")],
)
def test_a_wrong_secret_is_named_and_never_shown(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    sentence = wrong()

    assert sentence.startswith(f"{name} is (not shown): ")
    assert "s3cret" not in sentence


def test_a_token_is_not_shown_by_printing_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret")

    settings = load_settings()

    assert settings.github_token is not None
    assert settings.github_token.get_secret_value() == "s3cret"
    assert "s3cret" not in f"{settings!r} {settings}"


def test_a_loopback_service_may_be_unencrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:8080/")

    assert load_settings().github_api_url == "http://127.0.0.1:8080"


def test_settings_do_not_change_once_they_are_loaded() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().rerun_window_days = 3  # type: ignore[misc]


@given(st.lists(st.from_regex(r"\A[a-z0-9]{1,8}/[A-Za-z0-9._-]{1,8}\Z"), min_size=1, max_size=5))
def test_whatever_names_are_given_each_stays_once_and_in_order(names: list[str]) -> None:
    kept = [name.lower() for name in Settings(REPOSITORIES=",".join(names)).repositories]

    assert kept == list(dict.fromkeys(name.lower() for name in names))


def test_every_line_of_the_example_can_be_uncommented(own_folder: Path) -> None:
    """Not the token and the App at once: only one of them can be meant."""
    example = example_file()
    lines = [line.removeprefix("# ") for line in example.splitlines() if " = " in line]
    (own_folder / "app.pem").write_text(app_key_pem(), "ascii")
    for left_out in ("github_token", "github_app_"):
        kept = [line.replace("/run/secrets", str(own_folder)) for line in lines if not line.startswith(left_out)]
        Path("pipeline_etl.toml").write_text("\n".join(kept), "utf-8")

        expected = {name for name in Settings.model_fields if not name.startswith(left_out)}
        assert load_settings().model_fields_set == expected
    assert all(variable(name) in example for name in Settings.model_fields)


def test_a_token_and_an_app_are_one_way_in_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret")
    monkeypatch.setenv("GITHUB_APP_ID", "4711")

    assert wrong() == "GITHUB_TOKEN and GITHUB_APP_ID are both set; only one of them can be meant."


def test_half_an_app_is_refused_and_the_missing_half_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_APP_ID", "4711")

    assert wrong() == (
        "GITHUB_APP_ID is set and GITHUB_APP_INSTALLATION_ID and GITHUB_APP_PRIVATE_KEY are not; an App needs all three."
    )


@pytest.mark.parametrize("is_file", [True, False])
def test_the_key_of_an_app_is_given_as_text_or_as_a_file_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, own_folder: Path, *, is_file: bool
) -> None:
    (own_folder / "app.pem").write_text(app_key_pem(), "ascii")
    monkeypatch.setenv("GITHUB_APP_ID", "4711")
    monkeypatch.setenv("GITHUB_APP_INSTALLATION_ID", "815")
    monkeypatch.setenv("GITHUB_APP_PRIVATE_KEY", "app.pem" if is_file else app_key_pem())

    settings = load_settings()

    assert settings.github_app_private_key is not None
    assert settings.github_app_private_key.get_secret_value().strip() == app_key_pem().strip()
    assert app_key_pem().splitlines()[1] not in f"{settings!r} {settings}"


def test_the_committed_example_is_the_one_rendered_from_the_fields() -> None:
    assert (PROJECT_ROOT / "pipeline_etl.example.toml").read_text("utf-8") == example_file()


def test_what_the_pipeline_tells_dbt_is_no_unknown_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINE_ETL_WAREHOUSE", "x.duckdb")

    assert load_settings().uses_sample
    assert os.environ["PIPELINE_ETL_WAREHOUSE"] == "x.duckdb"


def test_what_is_said_on_the_command_line_wins_and_is_named_when_it_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINE_ETL_SINCE", "30 days")

    assert str(load_settings(since="2026-01-01").since) == "2026-01-01"
    assert str(load_settings(since=None).since) == "30 days"
    with pytest.raises(SettingsError, match=r"--since is 'soon': it is neither a day.*for example --since 2026-01-01"):
        load_settings(since="soon")
