"""Lines find their steps: by the steps' own logs, else by headings, else not at all."""

from datetime import UTC, datetime

import pytest

from pipeline_etl.contracts.tables import LogFindings, LogLines
from pipeline_etl.parsing.log_steps import StepSpan
from tests.parsed import parse_job_log

WHOLE = [
    (0, "Requested labels: ubuntu-latest", None),
    (1, "Current runner version: '2'", 1),
    (1, "Complete job name: test", 1),
    (2, "##[group]Run actions/checkout@v4", 2),
    (2, "with:", 2),
    (2, "##[endgroup]", 2),
    (2, "Syncing", 2),
    (4, "##[group]Run make", 3),
    (4, "shell: bash", 3),
    (4, "##[endgroup]", 3),
    (6, "done", 3),
    (7, "Post job cleanup.", 6),
    (7, "Cleaning up orphan processes", 7),
]
STEPS = {
    1: "Set up job",
    2: "Run actions/checkout@v4",
    3: "Build",
    6: "Post Run actions/checkout@v4",
    7: "Complete job",
}
SECONDS = {1: (1, 2), 2: (2, 4), 3: (4, 7), 6: (7, 7), 7: (7, 7)}
EXPECTED = [step for _, _, step in WHOLE]


def log(*, step: int | None = None) -> bytes:
    lines = [f"2026-05-01T12:00:{second:02}.5000000Z {text}\n" for second, text, of in WHOLE if step in {None, of}]
    return b"\xef\xbb\xbf" + "".join(lines).encode()


def span(number: int) -> StepSpan:
    started, completed = SECONDS[number]
    day = datetime(2026, 5, 1, 12, tzinfo=UTC)
    return StepSpan(number, STEPS[number], day.replace(second=started), day.replace(second=completed))


def numbers(
    content: bytes, *, steps: list[StepSpan] | None = None, step_logs: dict[int, bytes] | None = None
) -> list[int | None]:
    return (
        parse_job_log(content, steps=steps or [], step_logs=step_logs or {}).frames[LogLines]["step_number"].to_list()
    )


def test_the_logs_of_the_steps_tell() -> None:
    assert numbers(log(), step_logs={number: log(step=number) for number in STEPS}) == EXPECTED


@pytest.mark.parametrize("missing", STEPS)
def test_lines_of_a_step_whose_log_is_missing_belong_to_none(missing: int) -> None:
    found = numbers(log(), step_logs={number: log(step=number) for number in STEPS if number != missing})

    assert found == [None if step == missing else step for step in EXPECTED]


def test_a_step_log_of_something_else_misleads_nothing() -> None:
    logs = {number: log(step=number) for number in STEPS} | {2: b"2026-05-01T12:00:09.5Z not here\n", 4: b""}

    assert numbers(log(), step_logs=logs) == [None if step == 2 else step for step in EXPECTED]


def test_a_step_log_that_goes_on_differently_ends_where_the_next_begins() -> None:
    logs = {number: log(step=number) for number in STEPS} | {2: log(step=2).replace(b"with:", b"With:") + b"more\n" * 9}

    assert numbers(log(), step_logs=logs) == EXPECTED


def test_headings_tell_where_there_are_no_logs_of_steps() -> None:
    assert numbers(log(), steps=[span(number) for number in STEPS]) == EXPECTED


def test_a_skipped_step_takes_no_heading_from_one_that_took_time() -> None:
    skipped = StepSpan(4, "Skipped", *[datetime(2026, 5, 1, 12, 0, 4, tzinfo=UTC)] * 2)
    steps = [span(number) for number in STEPS]

    assert numbers(log(), steps=[*steps, skipped]) == EXPECTED


def test_a_step_that_was_named_run_something_is_found() -> None:
    named = StepSpan(3, "Run tests", span(3).started_at, span(3).completed_at)

    assert numbers(log(), steps=[named if n == 3 else span(n) for n in STEPS]) == EXPECTED


def test_without_steps_nothing_is_known() -> None:
    assert numbers(log()) == [None] * len(WHOLE)
    assert numbers(b"", steps=[span(1)]) == []


@pytest.mark.parametrize("known", ["by their logs", "by their headings", "not at all"])
def test_what_failed_is_placed_in_its_step_as_far_as_steps_are_known(known: str) -> None:
    content = log().replace(b"done", b"##[error]Process completed with exit code 2.")
    step_logs = {
        number: log(step=number).replace(b"done", b"##[error]Process completed with exit code 2.") for number in STEPS
    }
    given = {
        "by their logs": {"steps": [], "step_logs": step_logs},
        "by their headings": {"steps": [span(number) for number in STEPS]},
        "not at all": {"steps": []},
    }[known]

    found = parse_job_log(content, **given).frames[LogFindings].row(0, named=True)

    assert (found["line_number"], found["step_number"], found["step_line_number"]) == (
        (11, None, None) if known == "not at all" else (11, 3, 4)
    )
