"""Numbers in words."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_etl.wording import (
    LONGEST_NAME,
    MINUS,
    UNKNOWN,
    WORDS,
    byte_size,
    day,
    duration,
    instant,
    listed,
    money,
    percent,
    plural,
    points,
    printable,
    shortened,
    shown,
    web_address,
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, UNKNOWN),
        (0, "0 s"),
        (0.04, "0 s"),
        (-0.01, "0 s"),
        (0.84, "0.8 s"),
        (9.96, "10 s"),
        (45, "45 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (750, "12 min 30 s"),
        (3599.7, "1 h"),
        (11_100, "3 h 5 min"),
        (86_399, "1 d"),
        (187_200, "2 d 4 h"),
        (-750, f"{MINUS}12 min 30 s"),
    ],
)
def test_a_duration_is_at_most_two_neighbouring_units(seconds, words):
    assert duration(seconds) == words


@given(st.floats(min_value=0, max_value=1e9))
def test_no_duration_reaches_the_next_unit(seconds):
    words = duration(seconds)

    for too_much in ("60 s", "60 min", "24 h"):
        assert too_much not in words.replace("160 s", "")


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (None, UNKNOWN),
        (0.0, "0 %"),
        (0.0001, "< 0.1 %"),
        (0.638, "63.8 %"),
        (0.99999, "> 99.9 %"),
        (1.0, "100 %"),
        (-0.05, f"{MINUS}5.0 %"),
        (-0.0004, f"> {MINUS}0.1 %"),
    ],
)
def test_nothing_and_everything_are_claims_of_their_own(ratio, words):
    assert percent(ratio) == words


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (None, UNKNOWN),
        (0.0, "0 points"),
        (-0.0066, f"{MINUS}0.7 points"),
        (0.125, "12.5 points"),
        (0.0004, "< 0.1 points"),
        (-0.0004, f"> {MINUS}0.1 points"),
    ],
)
def test_what_a_share_lost_is_points_and_no_share(difference, words):
    assert points(difference) == words
    assert shown(difference, "ratio_difference") == words


@given(st.floats(min_value=-1, max_value=1).filter(bool))
def test_no_change_is_shown_as_none(difference):
    for words in (percent(difference), points(difference)):
        assert words.strip("> ") not in {
            f"{MINUS}0.0 %",
            "0.0 %",
            "0 %",
            f"{MINUS}0.0 points",
            "0.0 points",
            "0 points",
        }


def test_sizes_days_and_moments_have_one_form():
    moment = datetime(2025, 10, 17, 1, 42, tzinfo=timezone(timedelta(hours=5)))

    assert byte_size(1_234_567_890) == "1.2 GB"
    assert byte_size(999) == "999 B"
    assert instant(moment) == "2025-10-16 20:42 UTC"
    assert day(moment) == "2025-10-16"
    assert day(datetime(2025, 10, 16, tzinfo=UTC).date()) == "2025-10-16"


@pytest.mark.parametrize(
    ("dollars", "words"),
    [
        (None, UNKNOWN),
        (0.0, "$0.00"),
        (1548.088, "$1,548.09"),
        (0.024, "$0.0240"),
        (0.0002, "$0.000200"),
        (-12.5, f"{MINUS}$12.50"),
    ],
)
def test_little_money_is_not_none(dollars, words):
    assert money(dollars) == words


@pytest.mark.parametrize("unit", WORDS)
def test_unknown_looks_the_same_in_every_unit(unit):
    assert shown(None, unit) == UNKNOWN


def test_words_join_as_they_are_spoken():
    assert (plural(0, "run"), plural(1, "run"), plural(1200, "run")) == ("no runs", "1 run", "1,200 runs")
    assert (listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])) == (
        "",
        "a",
        "a and b",
        "a, b and c",
    )


@given(st.text(max_size=400))
def test_a_name_is_one_short_line_that_disturbs_nobody(name):
    short = shortened(name)

    assert len(short) <= LONGEST_NAME
    assert short == printable(short)
    assert not set(short) & set("\n\r\t\x00\x1b\u202e\u2066\u200e\ufeff")


def test_a_commit_is_shown_by_its_beginning():
    assert shown("8ee0b7c65cfa34f550672872bffa06183bea9963", "sha") == "8ee0b7c65c"


def test_a_long_name_keeps_both_ends():
    assert shortened("abcdefghij", 5) == "ab…ij"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "ftp://host/x",
        "https://x.example/a b",
        "https://x.example/>",
        'https://x.example/"',
        "https://x.example/\u202e",
        "",
        None,
    ],
)
def test_a_reader_is_sent_to_the_web_only(url):
    assert web_address(url) is None


def test_an_address_of_a_run_is_one():
    assert web_address("https://github.com/a/b/actions/runs/1") == "https://github.com/a/b/actions/runs/1"
