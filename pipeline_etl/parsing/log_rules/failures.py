"""Why a job failed, as far as its log shows: the first error of the most fundamental class.

Where it looks matters more than what it looks for. A log that shows no error says nothing. Otherwise only lines count
that a failing step printed, not the commands it was shown to run, and the less sure a pattern is the nearer to the
step's last error it must stand.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
    NEEDLES,
    PATTERNS,
    RETRYABLE,
    FailurePattern,
)
from pipeline_etl.parsing.log_rules.rule import HEADINGS, Line, RuleReader

ERROR: Final = "##[error]"
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
LOOKS_LIKE_AN_ERROR_LINEAR: Final = f"(?i){LOOKS_LIKE_AN_ERROR.pattern}"
NEAR: Final = 40

# One expression per family, that of what ends a job from outside first: a single one of all phrases is five times as
# slow, because its automaton outgrows its cache.
SUSPECT: Final = tuple(
    "(?i)" + "|".join(f"(?:{phrase})" for pattern in family for phrase in pattern.phrases) for family in FAMILIES
)
_Compiled = tuple[FailurePattern, re.Pattern[str], re.Pattern[str] | None]
COMPILED: Final[tuple[_Compiled, ...]] = tuple(
    (
        pattern,
        re.compile("|".join(pattern.phrases), re.IGNORECASE),
        re.compile(pattern.unless, re.IGNORECASE) if pattern.unless else None,
    )
    for pattern in PATTERNS
)
COMPILED_ENDS: Final = tuple(entry for entry in COMPILED if entry[0].failure_class in ENDS_THE_JOB)
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
    looks_for: str | None = None

    def hits(self, lines: pl.DataFrame, *, before: pl.DataFrame) -> pl.DataFrame:
        """Errors, suspicious lines before them, and what says at the end of a log that the job was stopped."""
        lines = pl.concat([before, lines]) if before.height else lines
        text, job = pl.col("line_text"), pl.col("job_id")
        marks = lines.select(
            is_error=text.str.starts_with(ERROR) & ~pl.col("is_command"),
            is_at_end=job.shift(-TAIL).ne_missing(job),
        )
        wanted = marks["is_error"].scatter(_marked(lines, marks["is_at_end"].arg_true(), SUSPECT[0]), True)
        if marks["is_error"].any():
            # Where steps are not known they are told by their headings.
            run, post = (text.str.starts_with(heading) for heading in HEADINGS)
            heading = (run & pl.col("is_command")) | post
            is_heading = lines.select(pl.col("step_number").is_null() & heading).to_series()
            near = _before_errors(lines, marks["is_error"], is_heading).arg_true()
            wanted = wanted.scatter(_marked(lines, near, LOOKS_LIKE_AN_ERROR_LINEAR), True)
            wanted = wanted.scatter(_marked(lines, _holding_needles(lines, near), *SUSPECT), True)
            return _with_headings(lines, wanted, is_heading)
        return lines.filter(wanted)

    def reader(self) -> RuleReader:
        """See LogRule."""
        return _Reader()


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


def _marked(lines: pl.DataFrame, rows: pl.Series, *patterns: str) -> pl.Series:
    """The rows, among some, that show one of the patterns."""
    if rows.is_empty():
        return rows
    message = pl.col("line_text").str.strip_prefix(ERROR).str.slice(0, LONGEST_MESSAGE)
    shows_one = reduce(or_, (message.str.contains(pattern) for pattern in patterns))
    return rows.filter(lines["line_text"].gather(rows).to_frame().select(shows_one).to_series())


def _holding_needles(lines: pl.DataFrame, rows: pl.Series) -> pl.Series:
    """The rows, among some, that may show one of the patterns of failures."""
    text = lines["line_text"].gather(rows)
    return rows.filter(text.str.contains_any(list(NEEDLES), ascii_case_insensitive=True))


@dataclass
class _Reader:
    """Keeps the lines until all are known: what is a cause is told by the errors after it."""

    lines: dict[int, Line] = field(default_factory=dict)

    def read(self, line: Line) -> None:
        self.lines[line.number] = line

    def rows(self, *, line_count: int) -> Iterable[Mapping[str, Any]]:
        lines = [line for _, line in sorted(self.lines.items())]
        errors = [line for line in lines if line.text.startswith(ERROR) and not line.is_command]
        finding = _in_failing_steps(lines, errors) if errors else _stopped(lines, line_count)
        return [finding] if finding else []


def _stopped(lines: Sequence[Line], line_count: int) -> dict[str, Any] | None:
    """A log that breaks off without an error, but says why."""
    found = [
        finding
        for finding in _findings(
            [line for line in lines if line.number > line_count - TAIL], last=line_count, among=COMPILED_ENDS
        )
        if finding.pattern.confidence == "high"
    ]
    return _row(min(found, key=_fundamental)) if found else None


def _in_failing_steps(lines: Sequence[Line], errors: Sequence[Line]) -> dict[str, Any]:
    """What ended the job from outside, else the cause in the first step that shows one, else an unknown one.

    After a step failed the others run only to clean up, or because they were told to run anyway; their errors follow
    from the first one.
    """
    stretches = _stretches(lines)
    last_errors: dict[int, int] = {}
    for error in errors:
        last_errors[stretches[error.number]] = error.number
    steps = list(last_errors.items())
    best: list[_Finding] = []
    for stretch, last in (*steps[:FIRST_STEPS], *steps[FIRST_STEPS:][-LAST_STEPS:]):
        found = _findings([line for line in _within(lines, last) if stretches[line.number] == stretch], last=last)
        if found:
            best.append(min(found, key=_fundamental))
    stopped = [finding for finding in best if finding.pattern.failure_class in ENDS_THE_JOB]
    if stopped:
        return _row(min(stopped, key=_fundamental))
    if best:
        return _row(best[0])
    return _unknown(lines, errors[:MOST_ERRORS])


def _within(lines: Sequence[Line], last: int, *, reach: int = max(REACH.values())) -> Iterator[Line]:
    """What was printed in the lines up to the last one."""
    first = bisect_left(lines, last - reach, key=lambda line: line.number)
    for line in lines[first:]:
        if line.number > last:
            return
        if not line.is_command:
            yield line


def _stretches(lines: Iterable[Line]) -> dict[int, int]:
    """Which step each line is of: its number, or where that is unknown a number below zero between two headings."""
    heading = 0
    stretches: dict[int, int] = {}
    for line in lines:
        if line.step is None and line.text.startswith(HEADINGS) and (line.is_command or line.text.startswith("Post")):
            heading += 1
        stretches[line.number] = -1 - heading if line.step is None else line.step
    return stretches


def _findings(printed: Iterable[Line], *, last: int, among: Sequence[_Compiled] = COMPILED) -> list[_Finding]:
    """What the lines show, each line by its most fundamental pattern."""
    found: list[_Finding] = []
    for line in printed:
        text = line.text.removeprefix(ERROR)[:LONGEST_MESSAGE]
        for pattern, looks_like, unless in among:
            is_near = line.number >= last - REACH[pattern.confidence]
            if is_near and looks_like.search(text) and not (unless and unless.search(text)):
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


def _unknown(lines: Sequence[Line], errors: Sequence[Line]) -> dict[str, Any]:
    """An error of no known kind: the last line before a command failed that looks like one, else the first error.

    The last: an exception is named after its traceback, and what it was raised from before it.
    """
    exits = [(error, match[1]) for error in errors if (match := EXIT_CODE.match(error.text))]
    end = exits[0][0] if exits else errors[0]
    before = [line for line in _within(lines, end.number - 1, reach=NEAR - 1) if line.step == end.step]
    spoken = [line for line in before if LOOKS_LIKE_AN_ERROR.match(line.text[:LONGEST_MESSAGE])]
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
