"""A log becomes lines as a person would read them, whatever bytes it is made of."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl
import pytest

from pipeline_etl.parsing import log_blocks
from pipeline_etl.parsing.log_blocks import LONGEST_LINE, Blocks
from pipeline_etl.parsing.log_lines import LogState, Part, page_of

STAMP = "2026-05-01T12:00:00.1234567Z "
AT = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)


@dataclass
class Log:
    lines: pl.DataFrame
    state: LogState


def read_log(content: bytes) -> Log:
    state = LogState()
    pages = [page_of([Part(1, block, state)]).lines for block in Blocks(io.BytesIO(content))]
    return Log(pl.concat(pages) if pages else pl.DataFrame({"line_text": []}), state)


def texts(content: bytes) -> list[str]:
    return read_log(content).lines["line_text"].to_list()


def times(content: bytes) -> list[datetime | None]:
    return read_log(content).lines["logged_at"].to_list()


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n", b" \r\n\t\n"])
def test_an_empty_log_has_no_lines(content: bytes) -> None:
    assert read_log(content).lines.is_empty()


def test_a_byte_order_mark_is_not_part_of_the_first_time() -> None:
    assert texts(b"\xef\xbb\xbf" + STAMP.encode() + b"first\n") == ["first"]


def test_a_line_without_a_time_has_that_of_the_line_before_it() -> None:
    content = f"before any\n{STAMP}one\nof the same write\n2026-05-01T12:00:01Z two\n".encode()

    assert times(content) == [None, AT, AT, AT.replace(second=1, microsecond=0)]


@pytest.mark.parametrize("digits", range(10))
def test_times_have_any_number_of_digits(digits: int) -> None:
    fraction = f".{'123456789'[:digits]}" if digits else ""
    expected = AT.replace(microsecond=int("123456"[:digits].ljust(6, "0")))

    assert times(f"2026-05-01T12:00:00{fraction}Z x".encode()) == [expected]
    assert texts(f"2026-05-01T12:00:00{fraction}Z x".encode()) == ["x"]


def test_an_impossible_time_is_no_time() -> None:
    assert times(f"{STAMP}a\n2026-13-41T12:00:00.1234567Z b".encode()) == [AT, AT]


def test_a_time_that_a_program_prints_stays_in_its_text() -> None:
    assert texts(f"{STAMP}{STAMP}x".encode()) == [f"{STAMP}x"]
    assert texts(b"at 2026-05-01T12:00:00Z") == ["at 2026-05-01T12:00:00Z"]


def test_a_stamped_line_may_be_empty() -> None:
    assert texts(STAMP.encode() + b"\n" + STAMP.strip().encode() + b"\n") == ["", ""]


def test_of_progress_bars_the_last_state_stays() -> None:
    assert texts(f"{STAMP}10%\r50%\r100% done\r\n{STAMP}next\r\n".encode()) == ["100% done", "next"]


def test_colours_titles_and_control_characters_go_and_tabs_stay() -> None:
    line = "\x1b[31;1mred\x1b[0m \x1b]0;title\x07\x1b]8;;http://a\x1b\\link\x1b(B\ta\x00\x08b\x7f\x1b[2K"

    assert texts(f"{STAMP}{line}".encode()) == ["red link\tab"]


def test_invalid_utf_8_is_replaced_and_the_rest_read() -> None:
    assert texts(b"caf\xe9 au lait, two lines of plain text\n" + "grün ✓".encode()) == [
        "caf\ufffd au lait, two lines of plain text",
        "grün ✓",
    ]


def test_a_line_that_is_too_long_is_cut_and_counted() -> None:
    log = read_log(f"{STAMP}{'é' * LONGEST_LINE}\n{STAMP}{'é' * (LONGEST_LINE + 1)}\n{'a' * 10**6}\nshort".encode())

    assert log.lines["line_text"].str.len_chars().to_list() == [LONGEST_LINE, LONGEST_LINE, LONGEST_LINE, 5]
    assert log.state.truncated_line_count == 2


def test_a_secret_over_the_cut_is_blacked_out_whole() -> None:
    secret = "ghp_" + "a" * 36
    log = read_log(f"{'.' * (LONGEST_LINE - 10)} {secret} {'.' * 10**6}".encode())

    assert secret[:9] not in log.lines["line_text"][0]
    assert log.state.redaction_count == 1


def test_a_line_longer_than_a_block_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_blocks, "BLOCK_BYTES", 1 << 20)
    log = read_log(b"one\n" + b"x" * (5 << 20) + b"\nthree\n" + b"y" * (3 << 20))

    assert [text[:5] for text in log.lines["line_text"]] == ["one", "xxxxx", "three", "yyyyy"]
    assert log.state.truncated_line_count == 2


def test_a_private_key_is_blacked_out_wherever_blocks_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    key = ["-----BEGIN RSA PRIVATE KEY-----", *["MIIEowIBAAKCAQEA" * 4] * 20, "-----END RSA PRIVATE KEY-----"]
    content = "".join(f"{STAMP}{line}\n" for line in ["before"] * 40 + key + ["after"] * 40).encode()
    for size in range(2_500, 6_000, 97):
        monkeypatch.setattr(log_blocks, "BLOCK_BYTES", size)

        assert not any("MIIE" in text for text in texts(content))


def test_where_blocks_are_cut_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    content = "".join(f"{STAMP}line {n} é\r\nmore {'z' * (n % 50)}\n" for n in range(500)).encode()
    whole = read_log(content)
    monkeypatch.setattr(log_blocks, "BLOCK_BYTES", 777)

    assert read_log(content).lines.equals(whole.lines)


def test_what_the_runner_is_going_to_run_is_told_from_what_came_of_it() -> None:
    lines = [
        ("##[group]Run make", True),
        ("\x1b[36;1mmake\x1b[0m", True),
        ("shell: bash", True),
        ("env:", True),
        ("##[endgroup]", False),
        ("output", False),
        ("##[group]Run tests for the parser", False),
        ("a group of the script's own", False),
        ("##[endgroup]", False),
        ("##[group]Run actions/checkout@v4", True),
        ("with:", True),
        ("##[endgroup]", False),
    ]
    log = read_log("\n".join(STAMP + line for line, _ in lines).encode())

    assert log.lines["is_command"].to_list() == [is_command for _, is_command in lines]
