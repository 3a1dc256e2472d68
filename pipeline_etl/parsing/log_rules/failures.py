"""Why a job failed, as far as its log shows: the first error of the most fundamental class.

Where it looks matters more than what it looks for. A log that shows no error says nothing. Otherwise only lines count
that a failing step printed, not the commands it was shown to run, and the less sure a pattern is the nearer to the
step's last error it must stand.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Final

import polars as pl

from pipeline_etl.contracts.tables import LogFindings, Table
from pipeline_etl.contracts.vocabulary import Confidence, FailureClass, words
from pipeline_etl.parsing.identity import failure_signature_id
from pipeline_etl.parsing.log_rules.failure_patterns import (
    ENDS_THE_JOB,
    FAMILIES,
    PATTERNS,
    RETRYABLE,
    FailurePattern,
)
from pipeline_etl.parsing.log_rules.rule import Line, frame_of, listed

ERROR: Final = "##[error]"
STEP_BEGINS: Final = r"^(?:##\[group\]Run |Post job cleanup\.)"

REACH: Final[dict[Confidence, int]] = {"high": 500, "medium": 200, "low": 40}
"""Lines before the step's last error in which a pattern counts."""

TAIL: Final = 200
"""Lines at the end of a log without any error in which something may still say that the job was stopped."""

FIRST_STEPS: Final = 20
LAST_STEPS: Final = 5
"""Failing steps that are looked at from either end; more are no steps but a log that imitates them."""

MOST_ERRORS: Final = 1000

LONGEST_MESSAGE: Final = 1000
"""Characters of a line that are looked at and kept: errors say what they are at their beginning."""

EXIT_CODE: Final = re.compile(r"##\[error\]Process completed with exit code (\d+)\.")
LOOKS_LIKE_AN_ERROR: Final = re.compile(
    r"^(?:error|fatal|panic|E)\b ?:|^\[?(?:ERROR|FATAL)\b|^(?:\w+\.)*\w*(?:Error|Exception)\b|^\S+: (?:fatal )?error:",
    re.IGNORECASE,
)
NEAR: Final = 40

# One expression per family, that of what ends a job from outside first: a single one of all phrases is five times as
# slow, because its automaton outgrows its cache.
SUSPECT: Final = tuple(
    "(?i)" + "|".join(f"(?:{phrase})" for pattern in family for phrase in pattern.phrases) for family in FAMILIES
)
COMPILED: Final = tuple(
    (
        pattern,
        re.compile("|".join(pattern.phrases), re.IGNORECASE),
        re.compile(pattern.unless, re.IGNORECASE) if pattern.unless else None,
    )
    for pattern in PATTERNS
)
RANK: Final = {word: rank for rank, word in enumerate((*words(FailureClass), *words(Confidence)))}


@dataclass(frozen=True, slots=True)
class _Finding:
    pattern: FailurePattern
    line: Line


@dataclass(frozen=True)
class FailuresRule:
    """At most one row: why the job failed."""

    name: str = "failures"
    table: Table = LogFindings

    def parse(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Rows of LogFindings; none when the log shows no error."""
        is_error = pl.col("line_text").str.starts_with(ERROR) & ~pl.col("is_command")
        errors = lines.filter(is_error)
        finding = _stopped(lines) if errors.is_empty() else _in_failing_steps(lines, errors)
        return frame_of(LogFindings, [finding] if finding else [])


def _stopped(lines: pl.DataFrame) -> dict[str, Any] | None:
    """A log that breaks off without an error, but says why."""
    found = [
        finding
        for finding in _findings(lines.tail(TAIL), last=lines.height, suspect=SUSPECT[:1])
        if finding.pattern.failure_class in ENDS_THE_JOB and finding.pattern.confidence == "high"
    ]
    return _row(min(found, key=_fundamental)) if found else None


def _in_failing_steps(lines: pl.DataFrame, errors: pl.DataFrame) -> dict[str, Any]:
    """What ended the job from outside, else the cause in the first step that shows one, else an unknown one.

    After a step failed the others run only to clean up, or because they were told to run anyway; their errors follow
    from the first one.
    """
    stretch = _stretch(lines)
    failing = pl.DataFrame({"stretch": stretch.gather(errors["line_number"] - 1), "line": errors["line_number"]})
    last_errors = failing.group_by("stretch", maintain_order=True).agg(pl.col("line").max()).rows()
    best: list[_Finding] = []
    for key, last in (*last_errors[:FIRST_STEPS], *last_errors[FIRST_STEPS:][-LAST_STEPS:]):
        first = max(0, last - 1 - max(REACH.values()))
        printed = lines.slice(first, last - first).filter(stretch.slice(first, last - first) == key)
        found = _findings(printed.filter(~pl.col("is_command")), last=last)
        if found:
            best.append(min(found, key=_fundamental))
    stopped = [finding for finding in best if finding.pattern.failure_class in ENDS_THE_JOB]
    if stopped:
        return _row(min(stopped, key=_fundamental))
    if best:
        return _row(best[0])
    return _unknown(lines, listed(errors.head(MOST_ERRORS)))


def _stretch(lines: pl.DataFrame) -> pl.Series:
    """Which step each line is of: its number, or where that is unknown a number below zero between two headings."""
    is_heading = pl.col("line_text").str.contains(STEP_BEGINS)
    heading = is_heading & (pl.col("is_command") | pl.col("line_text").str.starts_with("Post"))
    return lines.select(pl.coalesce("step_number", -1 - heading.cum_sum().cast(pl.Int64)).alias("stretch"))["stretch"]


def _findings(printed: pl.DataFrame, *, last: int, suspect: Sequence[str] = SUSPECT) -> list[_Finding]:
    """What the lines show, each line by its most fundamental pattern."""
    text = printed["line_text"].str.strip_prefix(ERROR).str.slice(0, LONGEST_MESSAGE)
    is_suspect = reduce(or_, (text.str.contains(looks_for) for looks_for in suspect))
    found: list[_Finding] = []
    for line in listed(printed.with_columns(text).filter(is_suspect)):
        for pattern, looks_like, unless in COMPILED:
            is_near = line.number >= last - REACH[pattern.confidence]
            if is_near and looks_like.search(line.text) and not (unless and unless.search(line.text)):
                found.append(_Finding(pattern, line))
                break
    return found


def _fundamental(finding: _Finding) -> tuple[int, int, int]:
    """Smallest for the first line of the surest kind of the most fundamental class."""
    return RANK[finding.pattern.failure_class], RANK[finding.pattern.confidence], finding.line.number


def _row(finding: _Finding) -> dict[str, Any]:
    pattern = finding.pattern
    return _finding_row(
        finding.line,
        failure_class=pattern.failure_class,
        subclass=pattern.name,
        confidence=pattern.confidence,
        rule_name=f"{pattern.failure_class}/{pattern.name}",
    )


def _unknown(lines: pl.DataFrame, errors: Sequence[Line]) -> dict[str, Any]:
    """An error of no known kind: the last line before a command failed that looks like one, else the first error.

    The last: an exception is named after its traceback, and what it was raised from before it.
    """
    exits = [(error, match[1]) for error in errors if (match := EXIT_CODE.match(error.text))]
    end = exits[0][0] if exits else errors[0]
    before = lines.filter(
        pl.col("line_number").is_between(end.number - NEAR, end.number - 1),
        ~pl.col("is_command"),
        pl.col("step_number").eq_missing(pl.lit(end.step, dtype=pl.Int64)),
    )
    spoken = [line for line in listed(before) if LOOKS_LIKE_AN_ERROR.match(line.text[:LONGEST_MESSAGE])]
    return _finding_row(
        spoken[-1] if spoken else errors[0],
        failure_class="unknown",
        subclass=f"exit_code_{exits[0][1]}" if exits else None,
        confidence="low",
        rule_name="unknown/first_error",
    )


def _finding_row(
    line: Line,
    *,
    failure_class: FailureClass,
    subclass: str | None,
    confidence: Confidence,
    rule_name: str,
) -> dict[str, Any]:
    message = line.text.removeprefix(ERROR)[:LONGEST_MESSAGE].strip()
    return {
        "failure_class": failure_class,
        "failure_subclass": subclass,
        "confidence": confidence,
        "rule_name": rule_name,
        "line_number": line.number,
        "step_number": line.step,
        "message": message,
        "failure_signature_id": failure_signature_id(failure_class, message),
        "is_retryable": failure_class in RETRYABLE,
    }
