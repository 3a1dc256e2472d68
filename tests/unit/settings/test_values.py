from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from pipeline_etl.settings import since
from pipeline_etl.settings.values import api_url, app_id, private_key, repository_names, split, token
from tests.fake_ci.tokens import app_key, app_key_pem


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("2026-07-01", datetime(2026, 7, 1, tzinfo=UTC)),
        ("2026-07-01T12:30:00Z", datetime(2026, 7, 1, 12, 30, tzinfo=UTC)),
        ("2026-07-01T12:30:00+02:00", datetime(2026, 7, 1, 10, 30, tzinfo=UTC)),
        ("2026-07-01 12:30", datetime(2026, 7, 1, 12, 30, tzinfo=UTC)),
        ("30 days", timedelta(days=30)),
        ("1 day", timedelta(days=1)),
    ],
)
def test_history_begins_on_a_day_at_an_instant_or_so_many_days_ago(text, start):
    assert since(text).start == start
    assert str(since(text)) == text


@pytest.mark.parametrize("text", ["soon", "0 days", "-3 days", "99999 days", "30", "2026-13-01", "", "2026-02-30"])
def test_what_is_no_beginning_is_refused(text):
    with pytest.raises(ValueError, match="neither a day"):
        since(text)


@given(st.datetimes(timezones=st.timezones()))
def test_whatever_the_zone_the_instant_is_the_same(moment):
    assert since(moment.isoformat()).start == moment.astimezone(UTC)


def test_a_key_of_one_line_with_its_line_breaks_spelled_out_is_understood():
    assert (
        private_key(SecretStr(app_key_pem().strip().replace("\n", "\\n"))).get_secret_value() == app_key_pem().strip()
    )


def pem_of(key, encryption=None):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption()).decode()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("-----BEGIN s3cret-----", "no private key in PEM", id="nonsense"),
        pytest.param("/no/such/s3cret.pem", "no PEM file", id="no file"),
        pytest.param(lambda: pem_of(app_key(), BestAvailableEncryption(b"s3cret")), "with a password", id="password"),
        pytest.param(lambda: pem_of(ec.generate_private_key(ec.SECP256R1())), "an RSA key", id="other kind"),
    ],
)
def test_what_an_app_cannot_sign_with_is_refused_and_not_repeated(text, reason):
    with pytest.raises(ValueError, match=reason) as refused:
        private_key(SecretStr(text if isinstance(text, str) else text()))

    assert "s3cret" not in str(refused.value)


def test_names_are_split_trimmed_and_taken_once():
    assert repository_names(split(" a/b, c/d ,A/B")) == ("A/B", "c/d")


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (api_url, "ftp://example.com"),
        (api_url, "http://example.com"),
        (api_url, "https://me:pass@example.com"),
        (token, SecretStr("two words")),
        (app_id, "12/34"),
    ],
)
def test_what_cannot_be_meant_is_refused(check, value):
    with pytest.raises(ValueError, match=r"\w"):
        check(value)
