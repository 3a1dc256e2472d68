"""Which lines of a log the rule of failures looks at one by one: errors, and what before them may explain them."""

import re
from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Final

import polars as pl

from pipeline_etl.contracts.vocabulary import Confidence
from pipeline_etl.parsing.log_rules.failure_patterns import FAMILIES, NEEDLES
from pipeline_etl.parsing.log_rules.rule import HEADINGS
from pipeline_etl.parsing.log_rules.stack_frames import LOOKS_LIKE_A_FRAME

ERROR: Final = "##[error]"

REACH: Final[dict[Confidence, int]] = {"high": 500, "medium": 200, "low": 40}
"""Lines before the step's last error in which a pattern counts."""

TAIL: Final = 200
"""Lines at the end of a log without any error in which something may still say that the job was stopped."""

LAST_WORDS: Final = 12
"""Lines before an error that are looked at whatever they say."""

FIRST_STEPS: Final = 20
LAST_STEPS: Final = 5
"""Failing steps that are looked at from either end; more are no steps but a log that imitates them."""

LONGEST_MESSAGE: Final = 1000
"""Characters of a line that are looked at and kept: errors say what they are at their beginning."""

LOOKS_LIKE_AN_ERROR: Final = re.compile(
    r"^(?:error|fatal|panic|E)\b ?:|^\[?(?:ERROR|FATAL)\b|^(?:\w+\.)*\w*(?:Error|Exception)\b|^\S+: (?:fatal )?error:",
    re.IGNORECASE,
)
LOOKS_LIKE_AN_ERROR_LINEAR: Final = f"(?i){LOOKS_LIKE_AN_ERROR.pattern}"

# One expression per family, that of what ends a job from outside first: a single one of all phrases is five times as
# slow, because its automaton outgrows its cache.
SUSPECT: Final = tuple(
    "(?i)" + "|".join(f"(?:{phrase})" for pattern in family for phrase in pattern.phrases) for family in FAMILIES
)


def failure_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """Errors, suspicious lines before them, and what says at the end of a log that the job was stopped.

    The mark of a line tells the families of patterns that it shows, by ``is_of_family``.
    """
    text, job = pl.col("line_text"), pl.col("job_id")
    told = lines.select(
        is_error=text.str.starts_with(ERROR) & ~pl.col("is_command"), is_at_end=job.shift(-TAIL).ne_missing(job)
    )
    is_error, at_end = told["is_error"], told["is_at_end"].arg_true()
    marks = pl.Series("mark", [0], dtype=pl.Int64).new_from_index(0, lines.height)
    marks = marks.scatter(at_end, _families(lines, at_end, SUSPECT[:1]))
    if not is_error.any():
        return lines.with_columns(marks).filter(marks > 0)
    # Where steps are not known they are told by their headings.
    run, post = (text.str.starts_with(heading) for heading in HEADINGS)
    heading = (run & pl.col("is_command")) | post
    is_heading = lines.select(pl.col("step_number").is_null() & heading).to_series()
    near = _before_errors(lines, is_error, is_heading).arg_true()
    suspects = _holding_needles(lines, near)
    marks = marks.scatter(suspects, _families(lines, suspects, SUSPECT))
    wanted = is_error | _last_words(lines, is_error) | (marks > 0)
    wanted = wanted.scatter(_with_frame_or_error(lines, near), True)
    return _with_headings(lines.with_columns(marks), wanted, is_heading)


def is_of_family(mark: int, family: int) -> bool:
    """Whether a line shows a pattern of a family, by its place in ``FAMILIES``."""
    return bool(mark >> family & 1)


def _families(lines: pl.DataFrame, rows: pl.Series, families: Sequence[str]) -> pl.Series:
    """For each of some rows the families whose patterns it shows."""
    message = pl.col("line_text").str.strip_prefix(ERROR).str.slice(0, LONGEST_MESSAGE)
    shown = (message.str.contains(pattern).cast(pl.Int64) * (1 << bit) for bit, pattern in enumerate(families))
    return lines["line_text"].gather(rows).to_frame().select(reduce(or_, shown)).to_series()


def _holding_needles(lines: pl.DataFrame, rows: pl.Series) -> pl.Series:
    """The rows, among some, that may show one of the patterns of failures."""
    text = lines["line_text"].gather(rows)
    return rows.filter(text.str.contains_any(list(NEEDLES), ascii_case_insensitive=True))


def _with_frame_or_error(lines: pl.DataFrame, rows: pl.Series) -> pl.Series:
    """The rows, among some, that look like an error or a frame of its stack."""
    text = pl.col("line_text")
    is_one = text.str.contains(LOOKS_LIKE_AN_ERROR_LINEAR) | text.str.contains(LOOKS_LIKE_A_FRAME)
    return rows.filter(lines["line_text"].gather(rows).to_frame().select(is_one).to_series())


def _last_words(lines: pl.DataFrame, is_error: pl.Series) -> pl.Series:
    """Which lines of a job stand shortly before an error."""
    row = pl.int_range(pl.len(), dtype=pl.Int64)
    next_error, its_job = (pl.when(is_error).then(told).backward_fill() for told in (row, pl.col("job_id")))
    is_last = (next_error - row <= LAST_WORDS) & (its_job == pl.col("job_id"))
    return lines.select(is_last.fill_null(value=False)).to_series()


def _with_headings(lines: pl.DataFrame, wanted: pl.Series, is_heading: pl.Series) -> pl.DataFrame:
    """The wanted lines and the heading above each; of a job also the last one, under which it may go on."""
    is_some = wanted | is_heading
    of_next = (pl.col("job_id").shift(-1) == pl.col("job_id")).fill_null(value=False)
    is_idle = is_heading.filter(is_some) & is_heading.filter(is_some).shift(-1, fill_value=False)
    found = lines.filter(is_some)
    return found.filter(~(is_idle & ~wanted.filter(is_some) & found.select(of_next).to_series()))


def _before_errors(lines: pl.DataFrame, is_error: pl.Series, is_heading: pl.Series) -> pl.Series:
    """Which lines stand before the last error of a step, or are it, as far as the steps of a job are looked at."""
    stretch = pl.coalesce("step_number", -1 - is_heading.cum_sum().cast(pl.Int64))
    errors = lines.select("job_id", stretch.alias("stretch"), row=pl.int_range(pl.len(), dtype=pl.Int64)).filter(
        is_error
    )
    last = errors.group_by("job_id", "stretch", maintain_order=True).agg(pl.col("row").max())
    place = pl.int_range(pl.len()).over("job_id")
    last = last.filter((place < FIRST_STEPS) | (place >= pl.len().over("job_id") - LAST_STEPS))
    ends = pl.repeat(None, lines.height, dtype=pl.Int64, eager=True).scatter(last["row"], last["row"])
    jobs = pl.repeat(None, lines.height, dtype=pl.Int64, eager=True).scatter(last["row"], last["job_id"])
    return lines.select(
        ((ends.backward_fill() - pl.int_range(pl.len(), dtype=pl.Int64)) <= max(REACH.values()))
        & (jobs.backward_fill() == pl.col("job_id"))
    ).to_series()
