"""Which lines are looked at one by one: few, and all that can matter."""

import polars as pl

from pipeline_etl.parsing.log_rules.failure_lines import LAST_WORDS, REACH, TAIL, failure_lines

ERROR = "##[error]Process completed with exit code 1."
RUN = "##[group]Run make"


def numbers(*texts: str, steps: list[int] | None = None, jobs: list[int] | None = None) -> list[int]:
    lines = pl.DataFrame(
        {
            "job_id": jobs or [1] * len(texts),
            "line_number": range(1, len(texts) + 1),
            "line_text": texts,
            "step_number": steps or [None] * len(texts),
            "is_command": [text.startswith("##[group]") for text in texts],
        },
        schema_overrides={"step_number": pl.Int64},
    )
    return failure_lines(lines)["line_number"].to_list()


def test_of_a_log_without_errors_only_the_end_counts_and_only_what_stops_jobs() -> None:
    stopped = "The runner has received a shutdown signal."

    assert numbers(stopped, *["."] * TAIL) == []
    assert numbers("No space left on device", RUN, stopped, ".") == [3]


def test_the_last_lines_before_an_error_are_looked_at_whatever_they_say() -> None:
    assert numbers(*["."] * 30, ERROR) == [*range(31 - LAST_WORDS, 31), 31]


def test_what_shows_a_cause_is_looked_at_as_far_as_the_surest_pattern_reaches() -> None:
    far = ["No space left on device", *["."] * REACH["high"], ERROR]

    assert 1 not in numbers(*far)
    assert 1 in numbers(far[0], *far[2:])


def test_frames_of_stacks_are_looked_at() -> None:
    assert numbers('  File "a.py", line 3, in f', *["."] * LAST_WORDS, ERROR)[0] == 1


def test_of_headings_only_those_count_that_have_something_below() -> None:
    assert numbers(RUN, RUN, *["."] * LAST_WORDS, ERROR, RUN, RUN)[:1] == [2]
    assert numbers(RUN, RUN, *["."] * LAST_WORDS, ERROR, RUN, RUN)[-1] == LAST_WORDS + 5


def test_an_error_of_one_job_says_nothing_of_another() -> None:
    assert numbers("No space left on device", ERROR, jobs=[1, 2]) == [2]
