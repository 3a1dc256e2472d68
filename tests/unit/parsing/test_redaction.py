"""Secrets and e-mail addresses go; everything else stays, and neither costs more than time linear in the text."""

import time

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_etl.parsing.redaction import SMALL, redact, redact_bytes, redact_lines

A36 = "aB3" * 12
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r"
KEY_LINE = "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn" * 2

SECRETS = {
    f"token ghp_{A36} used": "token *** used",
    f"x=ghs_{A36}": "x=***",
    f"ghs_123456_{JWT}": "***",
    f"github_pat_11ABCDEFG0{A36}": "***",
    f"glpat-{A36}": "***",
    "key AKIAIOSFODNN7ABCDEFG.": "key ***.",
    "AWS_SECRET_ACCESS_KEY=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": "AWS_SECRET_ACCESS_KEY=***",
    '"SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz",': '"SecretAccessKey": "***",',
    "aws_session_token = FwoGZXIvYXdzEJr//////////wEaD": "aws_session_token = ***",
    f"AIza{'x' * 35}": "***",
    f"xoxb-{'1' * 12}-abc": "***",
    "https://hooks.slack.com/services/T00000000/B00000000/abcdefgh": "https://hooks.slack.com/services/***",
    f"https://discord.com/api/webhooks/123456789012/{A36}": "https://discord.com/api/webhooks/***",
    f"npm_{A36}": "***",
    f"pypi-AgEIcHlwaS5vcmc{A36}": "***",
    "//registry.npmjs.org/:_authToken=abcdef123456": "//registry.npmjs.org/:_authToken=***",
    f"jwt {JWT}!": "jwt ***!",
    "https://user:p@ss@host/path": "https://user:***@host/path",
    "git clone https://0123456789abcdef0123@github.com/o/r": "git clone https://***@github.com/o/r",
    "Authorization: Bearer abcDEF123456": "Authorization: Bearer ***",
    "> AUTHORIZATION: basic eDpnaHNfYWJj": "> AUTHORIZATION: basic ***",
    "-H 'authorization: token abc123456'": "-H 'authorization: token ***'",
    "sent Bearer abcdefghij0123456789": "sent Bearer ***",
    "Author: A <a.b+c@mail.example.co.uk>": "Author: A <***>",
    "me@163.com and you@example.com": "*** and ***",
    "1234+octocat@users.noreply.github.com": "***",
    f'"key": "-----BEGIN PRIVATE KEY-----\\n{KEY_LINE}\\n-----END PRIVATE KEY-----"': (
        '"key": "-----BEGIN PRIVATE KEY-----***-----END PRIVATE KEY-----"'
    ),
}

HARMLESS = [
    "050ce9e1226b95d6b5938bdd5e245491f7219fd8",
    "sha256:e018c18b684d1c3bf8c4a0ef5d93759eefe2af469ad1355a93b01567e6778bdc",
    "6d9a2b5e-3c0f-4b8e-9a51-0d2f6c1e7b34",
    "##[group]Run actions/checkout@v4",
    "uses: actions/cache@0057852bfaa89a56745cba8c7296529d2fc39830",
    "git@github.com:owner/repo.git",
    "noreply@github.com",
    "react@18.2.0-rc.next and @babel/core@7.1.0",
    "Author <***>",
    "AUTHORIZATION: basic ***",
    "https://x-access-token:***@github.com/o/r",
    "http://localhost:8080/@scope/pkg",
    "-----BEGIN CERTIFICATE-----",
    "grep -q 'PRIVATE KEY' file",
    "pypi-publish npm_config_cache ghp_short AKIA xoxb- eyJ",
    "Bearer of bad news",
    "logo@2x.png",
]


@pytest.mark.parametrize(("text", "clean"), SECRETS.items())
def test_a_secret_is_blacked_out_and_what_stands_around_it_is_not(text: str, clean: str) -> None:
    assert redact(text)[0] == clean
    assert redact(text)[1] > 0


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == (text, 0)


def test_a_private_key_over_many_lines_is_one_place() -> None:
    stamp = "2026-05-01T12:00:00.1234567Z "
    lines = [
        "-----BEGIN RSA PRIVATE KEY-----",
        "Proc-Type: 4,ENCRYPTED",
        "",
        KEY_LINE,
        KEY_LINE,
        "Abc=",
        "-----END RSA PRIVATE KEY-----",
        "done",
    ]
    clean = [*lines[:3], "***", "***", "***", *lines[6:]]

    assert redact("\n".join(lines)) == ("\n".join(clean), 1)
    assert redact("\n".join(stamp + line for line in lines)) == ("\n".join(stamp + line for line in clean), 1)


def test_words_after_a_mention_of_a_key_are_not_a_key() -> None:
    text = "-----BEGIN PRIVATE KEY-----\nwas not found\nAll tests passed"

    assert redact(text) == (text, 0)


@pytest.mark.parametrize("text", [*SECRETS, *HARMLESS])
def test_long_texts_columns_and_bytes_are_treated_alike(text: str) -> None:
    clean, count = redact(text)
    padding = "x" * SMALL

    assert redact(f"{padding}\n{text}\n{padding}") == (f"{padding}\n{clean}\n{padding}", count)
    assert redact_bytes(text.encode()) == (clean.encode(), count)
    column, column_count = redact_lines(pl.Series(["a", None, *text.split("\n")]))
    assert (column.to_list(), column_count) == (["a", None, *clean.split("\n")], count)


def test_bytes_that_are_no_text_pass_unharmed() -> None:
    content = bytes(range(256)) * 10

    assert redact_bytes(content + b" a@example.com") == (content + b" ***", 1)


pieces = st.sampled_from([*SECRETS, *HARMLESS, "\n", " ", "@", "eyJ", "://", ":", "***", "-----BEGIN PRIVATE KEY-----"])


@given(st.lists(pieces | st.text(max_size=12), max_size=12).map("".join))
def test_blacking_out_twice_changes_nothing_more(text: str) -> None:
    clean, _ = redact(text)

    assert redact(clean) == (clean, 0)


@given(st.binary(max_size=400))
def test_redaction_is_total_on_bytes(content: bytes) -> None:
    clean, count = redact_bytes(content)

    assert (clean == content) == (count == 0)


@pytest.mark.parametrize(
    "seed", ["eyJ", "a@a.", "@", "://a:", "://", "ghp_", "Bearer ", "-----BEGIN PRIVATE KEY-----", "A" * 64, "a.b-"]
)
@pytest.mark.parametrize("separator", ["", "\n"])
def test_no_text_takes_more_than_linear_time(seed: str, separator: str) -> None:
    text = (seed + separator) * (200_000 // len(seed))
    started = time.process_time()
    redact(text)

    # Linear takes 0.1 s here; a quadratic search of 200 kB takes minutes.
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("after_begin", "shown"),
    [
        ("c2VjcmV0-----END and more", "***-----END and more"),
        (r"\n" + "c2VjcmV0" * 5 + '", "next": 1}', '***", "next": 1}'),
        ("\n" + "A" * 64 + "\nshort=\nwords", "\n***\n***\nwords"),
        ("\n" + "A" * 64 + "\nshort=\n" + "B" * 40, "\n***\n***\n" + "B" * 40),
    ],
    ids=["on one line", "in a string of JSON", "over lines", "a run of letters after its end"],
)
def test_a_private_key_is_blacked_out_to_its_end_and_no_further(after_begin: str, shown: str) -> None:
    begin = "-----BEGIN PRIVATE" + " KEY-----"

    assert redact(begin + after_begin) == (begin + shown, 1)
