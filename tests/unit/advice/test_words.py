"""Numbers and names in a sentence."""

import pytest

from pipeline_etl.advice.words import byte_size, minutes, number, one_line, plural, span


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (0.84, "0.8 s"), (9.96, "10 s"), (45, "45 s"), (720, "12 min"), (450, "7.5 min"), (12600, "3.5 h")],
)
def test_a_span_has_the_unit_of_its_size(seconds, said):
    assert span(seconds) == said


def test_nothing_is_said_in_a_word():
    assert (number(0), number(17002), plural(0, "test"), plural(1, "test")) == ("no", "17,002", "no tests", "1 test")
    assert (minutes(21600), byte_size(1.25e9), byte_size(4e6), byte_size(412)) == ("360 min", "1.2 GB", "4 MB", "412 B")


def test_a_name_stays_on_its_line_and_moves_no_cursor():
    assert one_line("a\nb\r\tc\x1b[2J\u202ed") == "a b c�[2J�d"
