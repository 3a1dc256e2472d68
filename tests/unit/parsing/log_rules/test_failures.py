"""Where the rule looks for a cause, and how far. What causes look like is told by the golden logs."""

import polars as pl
import pytest

from pipeline_etl.contracts.tables import LogFindings
from pipeline_etl.parsing.job_log import parse_job_log
from pipeline_etl.parsing.log_rules.failures import REACH

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
