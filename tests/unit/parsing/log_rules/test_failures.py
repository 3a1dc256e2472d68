"""Where the rule looks for a cause, and how far. What causes look like is told by the golden logs."""

import polars as pl
import pytest

from pipeline_etl.contracts.tables import LogFindings
from pipeline_etl.parsing.log_rules.failure_lines import REACH
from tests.parsed import parse_job_log

STAMP = "2026-05-01T12:00:00.1234567Z "
RUN = ["##[group]Run make", "shell: bash", "##[endgroup]"]
EXIT = "##[error]Process completed with exit code 1."


def finding(*lines: str) -> dict | None:
    frame: pl.DataFrame = parse_job_log("\n".join(STAMP + line for line in lines).encode(), steps=[]).frames[
        LogFindings
    ]
    return frame.row(0, named=True) if len(frame) else None


def test_without_an_error_nothing_failed() -> None:
    assert finding(*RUN, "java.lang.OutOfMemoryError", "FAILED tests/a.py::b") is None


@pytest.mark.parametrize(
    ("line", "confidence"),
    [("No space left on device", "high"), ("Connection reset by peer", "medium"), ("403 Forbidden", "low")],
)
def test_the_less_sure_a_pattern_is_the_nearer_it_must_stand(line: str, confidence: str) -> None:
    reach = REACH[confidence]
    near = finding(*RUN, line, *["."] * (reach - 1), EXIT)
    far = finding(*RUN, line, *["."] * reach, EXIT)

    assert near is not None
    assert (near["confidence"], near["message"]) == (confidence, line)
    assert far is not None
    assert far["failure_class"] == "unknown"


def test_commands_that_were_only_shown_are_no_causes() -> None:
    found = finding("##[group]Run make", "\x1b[36;1mecho No space left on device\x1b[0m", "##[endgroup]", EXIT)

    assert found is not None
    assert found["failure_class"] == "unknown"


def test_what_a_passing_step_printed_is_no_cause() -> None:
    found = finding(*RUN, "No space left on device", *RUN, EXIT)

    assert found is not None
    assert found["failure_class"] == "unknown"


def test_the_surest_line_of_the_most_fundamental_class_is_the_message() -> None:
    found = finding(*RUN, "FAILED tests/a.py::b - no", "FAILED: src/a.o", "src/a.c:1:2: error: no", EXIT)

    assert found is not None
    assert (found["failure_class"], found["message"]) == ("compile", "src/a.c:1:2: error: no")


def test_an_unknown_cause_is_quoted_in_the_programs_own_words() -> None:
    found = finding(*RUN, "Traceback (most recent call last):", "RuntimeError: nobody expects this", EXIT)

    assert found is not None
    assert (found["failure_class"], found["failure_subclass"]) == ("unknown", "exit_code_1")
    assert found["message"] == "RuntimeError: nobody expects this"


def test_failures_that_differ_in_numbers_only_share_a_signature() -> None:
    one = finding(*RUN, "FAILED tests/a.py::b - Timeout (>1.4s)", EXIT)
    other = finding(*RUN, *["."] * 7, "FAILED tests/a.py::b - Timeout (>2.0s)", EXIT)

    assert one is not None
    assert other is not None
    assert one["failure_signature_id"] == other["failure_signature_id"]


def test_failures_of_one_message_in_two_places_are_of_two_kinds() -> None:
    def failed_in(path: str) -> dict | None:
        stack = ["Traceback (most recent call last):", f'  File "{path}", line 3, in load', "    check()"]
        return finding(*RUN, *stack, "AssertionError: no", EXIT)

    one, other, moved = map(
        failed_in, ("/home/runner/work/a/a/x.py", "/home/runner/work/a/a/y.py", "/github/workspace/x.py")
    )

    assert one is not None
    assert other is not None
    assert moved is not None
    assert one["failure_signature_id"] != other["failure_signature_id"]
    assert one["failure_signature_id"] == moved["failure_signature_id"]


def test_what_a_service_did_is_one_kind_wherever_it_was_met() -> None:
    def failed_in(path: str) -> dict | None:
        return finding(*RUN, f'  File "{path}", line 3, in load', "ConnectionError: Read timed out", EXIT)

    one, other = failed_in("src/x.py"), failed_in("src/y.py")

    assert one is not None
    assert other is not None
    assert one["failure_signature_id"] == other["failure_signature_id"]


@pytest.mark.parametrize(
    "hollow",
    [
        "make[2]: *** [Makefile:12: check] Error 1",
        "npm ERR! Lifecycle script `check` failed with error:",
        " ELIFECYCLE  Command failed with exit code 1.",
        "Error: The process '/usr/bin/sh' failed with exit code 3",
        "##[error]The step script exited with code 1.",
    ],
)
def test_a_line_that_says_only_that_something_failed_is_passed_over(hollow: str) -> None:
    found = finding(*RUN, "checking 3 files", "", "The size of a.bin is 9, more than 5.", hollow, EXIT)

    assert found is not None
    assert (found["failure_class"], found["message"]) == ("unknown", "The size of a.bin is 9, more than 5.")


def test_the_last_words_of_a_command_begin_with_their_paragraph() -> None:
    found = finding(
        *RUN, "+ cat sizes", "a.bin: 9", "", "It is too large.", "Make it smaller,", "or ask somebody.", "", EXIT
    )

    assert found is not None
    assert found["message"] == "It is too large."


def test_of_a_paragraph_without_a_beginning_the_last_line_counts() -> None:
    found = finding(*RUN, *(f"{number} of 90 went through" for number in range(90)), EXIT)

    assert found is not None
    assert found["message"] == "89 of 90 went through"


def test_what_the_runner_was_told_goes_before_last_words() -> None:
    found = finding(*RUN, "##[error]The schema has changed.", "", "Have a look.", EXIT)

    assert found is not None
    assert found["message"] == "##[error]The schema has changed.".removeprefix("##[error]")


def test_the_words_of_the_step_before_are_none_of_the_failed_one() -> None:
    found = finding(*RUN, "ValueError: what the step before said", *RUN, EXIT)

    assert found is not None
    assert found["message"] == "Process completed with exit code 1."
